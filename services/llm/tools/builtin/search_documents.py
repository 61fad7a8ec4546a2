"""Finds passages in the user's documents."""

from services.llm.members import Member
from services.llm.model import Passage, ToolSpec
from services.llm.tools.model import Call, CallFailed
from services.llm.tools.ports import Documents
from services.llm.wanted import Knowledge

LIMIT = 6

SPEC = ToolSpec(
    "search_documents",
    "Finds passages in the documents that the user uploaded or may read.",
    {
        "type": "object",
        "properties": {
            "query": {
                "type": "string",
                "description": "what to look for: a question, or its words",
                "minLength": 1,
                "maxLength": 500,
            }
        },
        "required": ["query"],
        "additionalProperties": False,
    },
)


class SearchDocuments:
    """Asks the knowledge."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def search(self, call: Call) -> str:
        """Find what a call asks for."""
        found = await self._documents.retrieve(
            Member(call.user_id, call.groups),
            call.text("query"),
            Knowledge(all=True),
            limit=LIMIT,
        )
        if not found.passages:
            if found.degraded:
                raise CallFailed("the documents cannot be searched now")
            return "Nothing was found."
        return "\n\n".join(map(quoted, found.passages))


def quoted(passage: Passage) -> str:
    """Say where a passage stands, and what it says."""
    page = f", page {passage.page}" if passage.page else ""
    section = f", {passage.section}" if passage.section else ""
    return f"[{passage.display_name}{page}{section}]\n{passage.text}"
