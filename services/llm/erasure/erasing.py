"""Erasing what users have uploaded and kept, and what the index holds of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from services.kit.erasing import Progress, Rounds
from services.llm.erasure.model import Due
from services.llm.erasure.ports import Erasures, Vectors


class Erasing:
    """Begins erasures, which go on in the background, on every replica."""

    def __init__(self, erasures: Erasures, rounds: Rounds[Due]) -> None:
        self._erasures = erasures
        self._rounds = rounds

    @classmethod
    @asynccontextmanager
    async def open(
        cls, erasures: Erasures, vectors: Vectors
    ) -> AsyncIterator["Erasing"]:
        """Erase while the block runs."""
        async with Rounds.open(RowsAndVectors(erasures, vectors)) as rounds:
            yield cls(erasures, rounds)

    async def ask(self, user_id: UUID, *, closing_account: bool) -> datetime:
        """Have everything of a user erased; return by when it will be."""
        deadline = await self._erasures.ask(user_id, closing_account=closing_account)
        self._rounds.begin(user_id)
        return deadline


class RowsAndVectors:
    """Has rows erased before vectors: what is found through them is out of sight."""

    def __init__(self, erasures: Erasures, vectors: Vectors) -> None:
        self._erasures = erasures
        self._vectors = vectors

    async def due(self, limit: int) -> Sequence[Due]:
        return await self._erasures.due(limit)

    async def part(self, due: Due) -> Progress:
        progress = await self._erasures.erase(due.user_id)
        if progress != "empty":
            return progress
        # The vectors of each document are gone by now; this is for what nobody knows
        # of. Of somebody who goes on, it would take what is new.
        if due.closing_account and due.had_documents:
            await self._vectors.delete_owner(due.user_id)
        await self._erasures.done(due.user_id)
        return "done"
