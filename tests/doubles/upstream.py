"""What a test sees of the model: what was asked, and conditions to wait for."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.doubles.script import Script

_KEPT = 1_000
_PATIENCE = 60.0


@dataclass(frozen=True)
class Received:
    """One request. The names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    peer: str = ""  # of the connection


class Upstream:
    """A running scripted model.

    Counts are since the start; a wait raises TimeoutError after a minute.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        # The newest 1,000.
        self.requests: deque[Received] = deque(maxlen=_KEPT)
        self.url = ""
        self.written = 0  # bytes of answers
        self._counts = {"asked": 0, "finished": 0, "disconnected": 0, "stalled": 0}
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._released = asyncio.Event()
        self._runner: web.AppRunner | None = None

    def opened(self, runner: web.AppRunner, path: str) -> None:
        """Say where the server listens."""
        self._runner = runner
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"

    @property
    def open_connections(self) -> int:
        """How many connections callers hold open."""
        server = self._runner.server if self._runner else None
        handlers = server.connections if isinstance(server, web.Server) else ()
        return sum(handler.transport is not None for handler in handlers)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many answers were asked for, finished, given up by callers, stalled."""
        return dict(self._counts)

    def release(self) -> None:
        """Let stalled answers, and those that would stall later, go on."""
        self._released.set()

    async def asked(self, times: int = 1) -> None:
        """Wait until this many answers were asked for."""
        await self.until(lambda: self._counts["asked"] >= times)

    async def finished(self, times: int = 1) -> None:
        """Wait until this many answers were sent to their end."""
        await self.until(lambda: self._counts["finished"] >= times)

    async def disconnected(self, times: int = 1) -> None:
        """Wait until this many answers were given up by their callers."""
        await self.until(lambda: self._counts["disconnected"] >= times)

    async def left_alone(self) -> None:
        """Wait until nobody waits for an answer, if anybody has asked for one yet."""
        await self.until(
            lambda: (
                self._counts["asked"]
                == self._counts["finished"] + self._counts["disconnected"]
            )
        )

    async def stalled(self, times: int = 1) -> None:
        """Wait until this many answers have reached `stall_after`."""
        await self.until(lambda: self._counts["stalled"] >= times)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is asked whenever a count changes."""
        if condition():
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((condition, future))
        try:
            async with asyncio.timeout(_PATIENCE):
                await future
        finally:
            self._waiting.remove((condition, future))

    def note(self, what: str) -> None:
        """Count one more of what happened, and wake who waits for it."""
        self._counts[what] += 1
        for condition, future in self._waiting:
            if not future.done() and condition():
                future.set_result(None)

    async def released(self) -> None:
        """Wait for `release`."""
        await self._released.wait()

    def rescript(self, script: Script) -> None:
        """Answer differently from now on; stalls hold again."""
        self.script = script
        self._released = asyncio.Event()
