"""Memories in Postgres."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from services.kit.postgres import Database
from services.kit.requests.model import Request
from services.llm.kept.store import Kept, Table
from services.llm.memories.model import (
    MAX_MEMORIES,
    Memory,
    MemoryNotFound,
    TooManyMemories,
)
from services.llm.names import MemoryName

TABLE = Table(
    name="memories",
    noun="memory",
    row=Memory,
    columns=("text",),
    by_name=False,
    maximum=MAX_MEMORIES,
    missing=MemoryNotFound,
    too_many=TooManyMemories,
)


class PostgresMemories(Kept[Memory]):
    """Stores memories."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, TABLE)

    async def add(self, user_id: UUID, text: str) -> None:
        """Remember something that the user agreed to, each time anew."""
        request = Request(uuid4(), text.encode())
        await self.create(MemoryName.new(user_id), {"text": text}, request)

    async def texts(self, user_id: UUID) -> Sequence[str]:
        """Return all that is remembered of a user, the oldest first."""
        kept = await self.page(user_id, after=None, limit=MAX_MEMORIES)
        return [memory.text for memory in reversed(kept)]
