"""Calls that wait until their user agrees."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Protocol

from services.kit.errors import ServiceError
from services.llm.names import ToolCallName
from services.llm.tools.model import APPROVAL_SECONDS, Decision
from services.llm.tools.ports import Decisions

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # how long a signal that got lost may cost
LAPSE_SECONDS = 2.0


class Waiter(Protocol):
    """Somebody who is told that there may be something to see."""

    async def next(self, seconds: float) -> bytes | None:
        """Wait for that, for so long."""


class Topics(Protocol):
    """Wake-ups between replicas."""

    def subscribe(self, topic: str) -> "Subscribed":
        """Listen while the block runs."""


class Subscribed(Protocol):
    """A block in which somebody listens."""

    async def __aenter__(self) -> Waiter: ...
    async def __aexit__(self, *_: object) -> None: ...


def topic(name: ToolCallName) -> str:
    """Name what is announced when a user has decided about a call."""
    return f"tool-calls/{name.id}"


class Approvals:
    """
    Asks users, wherever they answer.

    Their answer is what Postgres holds; a signal only says to look at once.
    """

    def __init__(
        self,
        decisions: Decisions,
        topics: Topics,
        *,
        seconds: float = APPROVAL_SECONDS,
    ) -> None:
        self._decisions = decisions
        self._topics = topics
        self._seconds = seconds

    @asynccontextmanager
    async def asking(
        self, name: ToolCallName, tool: str, *, seconds: float
    ) -> AsyncIterator["Asked"]:
        """
        Have a call wait; inside, `answer` says how it is decided.

        Whatever ends the block, nobody can decide afterwards.
        """
        seconds = min(seconds, self._seconds)
        await self._decisions.ask(name, tool, seconds=seconds)
        asked = Asked(self._decisions, self._topics, name, monotonic() + seconds)
        try:
            yield asked
        finally:
            if asked.decision is None:
                await asyncio.shield(asyncio.ensure_future(asked.lapse()))


class Asked:
    """A call that waits."""

    def __init__(
        self, decisions: Decisions, topics: Topics, name: ToolCallName, until: float
    ) -> None:
        self._decisions = decisions
        self._topics = topics
        self._name = name
        self._until = until
        self.decision: Decision | None = None

    async def answer(self) -> Decision:
        """Wait for the user; `lapsed` if they say nothing in time."""
        async with self._topics.subscribe(topic(self._name)) as told:
            while (left := self._until - monotonic()) > 0:
                try:
                    self.decision = await self._decisions.decision(self._name)
                except ServiceError as error:
                    # It may be back before the time is over.
                    log.warning("a decision cannot be read", exc_info=error)
                if self.decision:
                    return self.decision
                await told.next(min(LOOK_SECONDS, left))
        return await self.lapse()

    async def lapse(self) -> Decision:
        """Wait no more, unless the user was faster."""
        self.decision = "lapsed"
        try:
            async with asyncio.timeout(LAPSE_SECONDS):
                self.decision = await self._decisions.lapse(self._name)
        except (ServiceError, TimeoutError):
            log.warning("a call that waits for nobody is left to its time")
        return self.decision
