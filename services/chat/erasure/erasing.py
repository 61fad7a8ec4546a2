"""Erasing what users have written, and the replies to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from services.chat.erasure.model import Due
from services.chat.erasure.ports import Erasures
from services.chat.messages.ports import Signals, stops_topic
from services.kit.erasing import TOKENS_LIVE, Rounds


class Erasing:
    """Begins erasures, which go on in the background, on every replica."""

    def __init__(
        self, erasures: Erasures, signals: Signals, rounds: Rounds[Due]
    ) -> None:
        self._erasures = erasures
        self._signals = signals
        self._rounds = rounds

    @classmethod
    @asynccontextmanager
    async def open(
        cls, erasures: Erasures, signals: Signals
    ) -> AsyncIterator["Erasing"]:
        """Erase while the block runs."""
        async with Rounds.open(erasures) as rounds:
            yield cls(erasures, signals, rounds)

    async def ask(self, user_id: UUID, *, closing_account: bool) -> datetime:
        """Have everything of a user erased; return by when it will be."""
        going_on = TOKENS_LIVE if closing_account else timedelta()
        asked = await self._erasures.ask(user_id, going_on=going_on)
        for holder in asked.holders:
            await self._signals.publish(stops_topic(holder))
        self._rounds.begin(user_id)
        return asked.deadline
