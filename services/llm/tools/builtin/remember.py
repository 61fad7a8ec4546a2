"""Keeps a fact about a user, who agrees to each."""

from services.llm.model import ToolSpec
from services.llm.tools.model import Call
from services.llm.tools.ports import Memories

SPEC = ToolSpec(
    "remember",
    "Keeps one fact about the user for later conversations, if the user agrees. Only "
    "for what they said of themselves and will want to be known.",
    {
        "type": "object",
        "properties": {
            "fact": {
                "type": "string",
                "description": "one sentence, such as: The user is a vegetarian.",
                "minLength": 1,
                "maxLength": 500,
            }
        },
        "required": ["fact"],
        "additionalProperties": False,
    },
)


class Remember:
    """Writes to the user's memories."""

    def __init__(self, memories: Memories) -> None:
        self._memories = memories

    async def keep(self, call: Call) -> str:
        """Keep what a call says."""
        await self._memories.add(call.user_id, call.text("fact"))
        return "It is kept."
