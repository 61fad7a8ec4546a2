"""How long an answer may take, and how long it may stand still."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from services.llm.model import (
    Heartbeat,
    Model,
    ModelStalled,
    ProviderEvent,
    Question,
)
from services.llm.ports import Provider

BUSY_SECONDS = 1.0  # how soon to look again while the reader is busy with an event


class Deadlines:
    """Gives up an answer that stands still for so long, or takes so long as a whole."""

    def __init__(
        self, inner: Provider, *, stall_seconds: float, whole_seconds: float
    ) -> None:
        self._inner = inner
        self._stall = stall_seconds
        self._whole = whole_seconds

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        async with aclosing(self._inner.generate(question)) as events:
            watch = Watch(self._stall, self._whole)
            try:
                while True:
                    watch.wait()
                    try:
                        event = await anext(events)
                    except StopAsyncIteration:
                        return
                    except asyncio.CancelledError:
                        if watch.interrupted():
                            raise ModelStalled from None
                        raise
                    watch.rest(moved=type(event) is not Heartbeat)
                    yield event
            finally:
                watch.end()


class Watch:
    """
    Interrupts a task that waits for too long.

    One timer for all of a stream, which looks when it would be too late, and not one
    for each event: those are many.
    """

    def __init__(self, stall: float, whole: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._stall = stall
        self._ends = self._loop.time() + whole
        self._since: float | None = None  # when the wait for what moves has begun
        self._task: asyncio.Task[object] | None = None  # which waits
        self._cancelling = 0
        self._late = False
        self._over = False  # it takes too long, as its reader has yet to hear
        first = self._loop.time() + min(stall, whole)
        self._timer = self._loop.call_at(first, self._look)

    def wait(self) -> None:
        """Begin to wait, or raise; a sign of life did not end the wait before."""
        if self._over:
            raise ModelStalled
        task = asyncio.current_task()
        assert task
        if self._since is None:
            self._since = self._loop.time()
        self._task, self._cancelling = task, task.cancelling()

    def rest(self, *, moved: bool) -> None:
        """Wait no more, for now."""
        self._task = None
        if moved:
            self._since = None

    def interrupted(self) -> bool:
        """Tell whether it was this that ended the wait, and nobody else."""
        return bool(
            self._late and self._task and self._task.uncancel() <= self._cancelling
        )

    def end(self) -> None:
        """Watch no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        if self._task is None or self._since is None:
            self._over = now >= self._ends
            self._timer = self._loop.call_later(
                min(BUSY_SECONDS, self._stall), self._look
            )
        elif now < (due := min(self._ends, self._since + self._stall)):
            self._timer = self._loop.call_at(due, self._look)
        else:
            self._late = True
            self._task.cancel()
