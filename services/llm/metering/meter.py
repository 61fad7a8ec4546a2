"""What users' own calls may use, as they go on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from uuid import UUID

from uuid_utils.compat import uuid7

from services.kit.caller import current
from services.llm.metering.model import (
    BudgetExhausted,
    BudgetsUnavailable,
    HoldEnded,
    RateLimited,
    Use,
)
from services.llm.metering.ports import Holds

log = logging.getLogger(__name__)

TELL_SECONDS = 180.0  # how long a hold lives without a word is more than three times it
AGAIN_SECONDS = 0.5
PATIENCE_SECONDS = 20.0  # how long an answer waits for more, and the end of one to tell


class Metered:
    """One call that is going on: what it uses, and what it may."""

    def __init__(
        self, use: Use, holds: Holds, user_id: UUID, id: UUID, allowed: int | None
    ) -> None:
        self.use = use
        self._holds = holds
        self._key = user_id, id
        self._allowed = allowed
        self._foreseen = use.input_tokens
        self._told = monotonic()

    async def write(self, tokens: int) -> int:
        """Count what is written; return how many of these tokens may be."""
        if self._allowed is not None and tokens > self._left:
            await self._extend(self.use.output_tokens + tokens)
            tokens = min(tokens, max(0, self._left))
        else:
            await self.go_on()
        self.use.output_tokens += tokens
        self.use.answered = True
        return tokens

    async def go_on(self) -> None:
        """Say now and then how far it is: if this process dies, that is charged."""
        if monotonic() - self._told < TELL_SECONDS:
            return
        self._told = monotonic()
        try:
            await self._holds.extend(*self._key, self.use, 0)
        except (BudgetExhausted, BudgetsUnavailable, HoldEnded):
            log.warning("a hold was not told how far its answer is")

    @property
    def _left(self) -> int:
        assert self._allowed is not None, "else nothing runs out"
        unforeseen = max(0, self.use.input_tokens - self._foreseen)
        return self._allowed - self.use.output_tokens - unforeseen

    async def _extend(self, wanted: int) -> None:
        """Have more set aside, if there is more."""
        until = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                allowed = await self._holds.extend(*self._key, self.use, wanted)
            except (BudgetExhausted, HoldEnded):
                return
            except BudgetsUnavailable:
                if monotonic() > until:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                self._allowed, self._foreseen = allowed, self.use.input_tokens
                self._told = monotonic()
                return


class Meter:
    """Has what users ask for themselves held, and settled at its end."""

    def __init__(self, holds: Holds | None = None) -> None:
        self._holds = holds
        self._settling: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, holds: Holds | None) -> AsyncIterator[Meter]:
        """Meter while the block runs, and then wait for what is being settled."""
        meter = cls(holds)
        try:
            yield meter
        finally:
            await asyncio.gather(*meter._settling)

    @asynccontextmanager
    async def metered(
        self, model: str, *, input_tokens: int, wanted: int = 0
    ) -> AsyncIterator[Metered | None]:
        """
        Hold what a call reads, and `wanted` tokens to write, while the block runs.

        None if nobody is to be charged here: a service that calls for a user keeps the
        budget itself. Raises `BudgetExhausted`, `RateLimited` or `BudgetsUnavailable`.
        """
        if self._holds is None or (caller := current()).actor:
            yield None
            return
        use, user_id, id = Use(model, input_tokens), caller.user_id, uuid7()
        try:
            allowed = await self._holds.create(user_id, id, use, wanted)
        except (BudgetExhausted, RateLimited):
            raise
        except BaseException:
            self._settle_soon(user_id, id, use)  # it may be held all the same
            raise
        try:
            yield Metered(use, self._holds, user_id, id, allowed)
        finally:
            self._settle_soon(user_id, id, use)

    def _settle_soon(self, user_id: UUID, id: UUID, use: Use) -> None:
        """Settle; the caller may be gone, and what waits for it cancelled."""
        task = asyncio.create_task(self._settle(user_id, id, use))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle(self, user_id: UUID, id: UUID, use: Use) -> None:
        assert self._holds, "else nothing is held"
        used = use if use.answered else Use("", 0)
        until = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                await self._holds.settle(user_id, id, used)
            except BudgetsUnavailable:
                if monotonic() > until:
                    log.warning("a hold was not settled, and is left to expire")
                    return
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return
