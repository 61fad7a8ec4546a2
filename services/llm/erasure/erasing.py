"""Erasing users' data, part by part, until nothing is left."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from services.kit.errors import ServiceError
from services.llm.erasure.model import Due
from services.llm.erasure.ports import Erasures, Vectors

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
AT_ONCE = 100  # users whose turn comes before anybody else's


class Erasing:
    """Erases what is asked for, in the background, on every replica."""

    def __init__(self, erasures: Erasures, vectors: Vectors) -> None:
        self._erasures = erasures
        self._vectors = vectors
        self._asked = asyncio.Event()
        self._late: set[UUID] = set()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, erasures: Erasures, vectors: Vectors
    ) -> AsyncIterator["Erasing"]:
        """Erase while the block runs."""
        erasing = cls(erasures, vectors)
        working = asyncio.create_task(erasing._work(), name="erasing")
        try:
            yield erasing
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def ask(self, user_id: UUID, *, closing_account: bool) -> datetime:
        """Have everything of a user erased; return by when it will be."""
        deadline = await self._erasures.ask(user_id, closing_account=closing_account)
        log.info("erasure begun", extra={"user": f"users/{user_id}"})
        self._asked.set()
        return deadline

    async def _work(self) -> None:
        while True:
            self._asked.clear()
            try:
                while await self._round():
                    pass
            except ServiceError:
                log.warning("the store is away")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                pass

    async def _round(self) -> bool:
        """Do a part of every erasure, so that a large one holds up no other."""
        more = False
        for due in await self._erasures.due(AT_ONCE):
            if due.late and due.user_id not in self._late:
                self._late.add(due.user_id)
                log.error("erasure is late", extra={"user": f"users/{due.user_id}"})
            more |= await self._part(due)
        return more

    async def _part(self, due: Due) -> bool:
        user = {"user": f"users/{due.user_id}"}
        try:
            progress = await self._erasures.erase(due.user_id)
            if progress == "empty":
                # The vectors of each document are gone by now; this is for what nobody
                # knows of. Of somebody who goes on, it would take what is new.
                if due.closing_account and due.had_documents:
                    await self._vectors.delete_owner(due.user_id)
                await self._erasures.done(due.user_id)
                self._late.discard(due.user_id)
                log.info("user data erased", extra=user)
        except ServiceError:
            log.warning("the store or the index is away", extra=user)
            return False
        except Exception:
            # The others' data is to be erased all the same.
            log.exception("erasure failed", extra=user)
            return False
        return progress == "more"
