"""Erasing users' data, part by part, until nothing is left."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from services.chat.erasure.model import TOKENS_LIVE
from services.chat.erasure.ports import Erasures
from services.chat.messages.ports import Signals, stops_topic
from services.kit.errors import ServiceError

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
AT_ONCE = 100  # users whose turn comes before anybody else's


class Erasing:
    """Erases what is asked for, in the background, on every replica."""

    def __init__(self, erasures: Erasures, signals: Signals) -> None:
        self._erasures = erasures
        self._signals = signals
        self._asked = asyncio.Event()
        self._late: set[UUID] = set()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, erasures: Erasures, signals: Signals
    ) -> AsyncIterator["Erasing"]:
        """Erase while the block runs."""
        erasing = cls(erasures, signals)
        working = asyncio.create_task(erasing._work(), name="erasing")
        try:
            yield erasing
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def ask(self, user_id: UUID, *, closing_account: bool) -> datetime:
        """Have everything of a user erased; return by when it will be."""
        going_on = TOKENS_LIVE if closing_account else timedelta()
        asked = await self._erasures.ask(user_id, going_on=going_on)
        log.info("erasure begun", extra={"user": f"users/{user_id}"})
        for holder in asked.holders:
            await self._signals.publish(stops_topic(holder))
        self._asked.set()
        return asked.deadline

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
            more |= await self._part(due.user_id)
        return more

    async def _part(self, user_id: UUID) -> bool:
        try:
            progress = await self._erasures.erase(user_id)
        except ServiceError:
            log.warning("the store is away")
            return False
        except Exception:
            # The others' data is to be erased all the same.
            log.exception("erasure failed", extra={"user": f"users/{user_id}"})
            return False
        if progress == "done":
            self._late.discard(user_id)
            log.info("user data erased", extra={"user": f"users/{user_id}"})
        return progress == "more"
