"""Finds what the user said or was answered before."""

from services.llm.model import ToolSpec
from services.llm.tools.model import Call
from services.llm.tools.ports import Conversations

LIMIT = 10

SPEC = ToolSpec(
    "search_conversations",
    "Finds messages in all conversations of the user, the newest first.",
    {
        "type": "object",
        "properties": {
            "query": {
                "type": "string",
                "description": "words that all have to be in a message; few are better",
                "minLength": 1,
                "maxLength": 200,
            }
        },
        "required": ["query"],
        "additionalProperties": False,
    },
)


class SearchConversations:
    """Asks chat."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def search(self, call: Call) -> str:
        """Find what a call asks for."""
        found = await self._conversations.search(
            call.user_id, call.text("query"), limit=LIMIT
        )
        if not found:
            return "Nothing was found."
        return "\n\n".join(
            f"[{said.conversation}, {said.role}, {said.time:%Y-%m-%d %H:%M} UTC]\n"
            f"{said.text}"
            for said in found
        )
