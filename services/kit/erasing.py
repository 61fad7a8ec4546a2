"""Erasing users' data, part by part, until nothing is left."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Generic, Literal, Protocol, TypeVar
from uuid import UUID

from services.kit.errors import ServiceError

log = logging.getLogger(__name__)

DEADLINE = timedelta(hours=1)
# Longer than any access token lives. Until then somebody whose account is deleted may
# still write, so the erasure goes on.
TOKENS_LIVE = timedelta(minutes=10)
LOOK_SECONDS = 2.0
AT_ONCE = 100  # users whose turn comes before anybody else's

# What a part of the work found: there may be more to erase; something has to end first,
# a reply, a transaction or the time in which somebody may write; or nothing is left.
Progress = Literal["more", "waiting", "done"]


class Due(Protocol):
    """An erasure that is not done."""

    @property
    def user_id(self) -> UUID:
        """Whose data it erases."""

    @property
    def late(self) -> bool:
        """Tell whether its deadline has passed."""


D = TypeVar("D", bound=Due)


class Parts(Protocol[D]):
    """What a service has to erase."""

    async def due(self, limit: int) -> Sequence[D]:
        """Return those that are due for a look, the longest waiting first."""

    async def part(self, due: D) -> Progress:
        """Erase a bounded part. When nothing is left, record so, and it is done."""


class Rounds(Generic[D]):
    """Erases what is asked for, in the background, on every replica."""

    def __init__(self, parts: Parts[D]) -> None:
        self._parts = parts
        self._asked = asyncio.Event()
        self._late: set[UUID] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, parts: Parts[D]) -> AsyncIterator["Rounds[D]"]:
        """Erase while the block runs."""
        rounds = cls(parts)
        working = asyncio.create_task(rounds._work(), name="erasing")
        try:
            yield rounds
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    def begin(self, user_id: UUID) -> None:
        """Look now: somebody has asked."""
        log.info("erasure begun", extra={"user": f"users/{user_id}"})
        self._asked.set()

    async def _work(self) -> None:
        while True:
            self._asked.clear()
            try:
                while await self._round():
                    pass
            except ServiceError:
                log.warning("the store is away")
            except Exception:
                # A table, say, that a migration is yet to make.
                log.exception("erasing failed")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                pass

    async def _round(self) -> bool:
        """Do a part of every erasure, so that a large one holds up no other."""
        more = False
        for due in await self._parts.due(AT_ONCE):
            if due.late and due.user_id not in self._late:
                self._late.add(due.user_id)
                log.error("erasure is late", extra={"user": f"users/{due.user_id}"})
            more |= await self._part(due)
        return more

    async def _part(self, due: D) -> bool:
        user = {"user": f"users/{due.user_id}"}
        try:
            progress = await self._parts.part(due)
        except ServiceError:
            log.warning("what holds the data is away", extra=user)
            return False
        except Exception:
            # The others' data is to be erased all the same.
            log.exception("erasure failed", extra=user)
            return False
        if progress == "done":
            self._late.discard(due.user_id)
            log.info("user data erased", extra=user)
        return progress == "more"
