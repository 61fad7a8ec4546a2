"""Replies being written: each in a task of its own that belongs to no call."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from services.chat.messages.model import (
    MAX_REPLY,
    Begun,
    Ending,
    Message,
    MessageNotFound,
)
from services.chat.messages.ports import (
    Answered,
    Llm,
    Messages,
    Piece,
    Progress,
    Refused,
)
from services.kit.errors import Overloaded, Unavailable

log = logging.getLogger(__name__)

MAX_RUNS = 5_000
HEARTBEAT_SECONDS = 15.0
MERGED = 64 * 1024  # characters of deltas that one event may carry
KEEP_SECONDS = 5.0  # how often a living process says that it is; a third of the lease
STORE_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Delta:
    """The entries after `after_seq` up to `seq`, merged."""

    after_seq: int
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing new, but alive."""

    seq: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The reply as stored."""

    after_seq: int
    reply: Message


Event = Delta | Heartbeat | Ended


class Run:
    """
    The log of one reply: entry 1 says that it is accepted, then come its pieces.

    Readers follow at their own pace. What piles up while one is being written to is
    merged into its next event, so a busy system sends fewer, larger ones.
    """

    def __init__(self, begun: Begun) -> None:
        self.begun = begun
        self._pieces: list[str] = []
        self._ended: Message | None = None
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        """What is written so far."""
        return "".join(self._pieces)

    @property
    def seq(self) -> int:
        """The number of the newest entry."""
        return 1 + len(self._pieces)

    def append(self, piece: str) -> None:
        """Add an entry and wake the readers."""
        self._pieces.append(piece)
        self._wake()

    def end(self, reply: Message) -> None:
        """Add the last entry: the reply as it is stored."""
        self._ended = reply
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self) -> AsyncIterator[Event]:
        """Yield every entry after the first until the reply has ended."""
        read = 0
        while True:
            if read < len(self._pieces):
                text, after = self._take(read)
                yield Delta(1 + read, 1 + after, text)
                read = after
            elif self._ended:
                yield Ended(1 + read, self._ended)
                return
            elif not await self._wait():
                yield Heartbeat(1 + read)

    def _take(self, read: int) -> tuple[str, int]:
        """Merge what can be sent at once; return it and where it ends."""
        pieces, size, end = self._pieces, 0, read
        while end < len(pieces) and (end == read or size + len(pieces[end]) <= MERGED):
            size += len(pieces[end])
            end += 1
        return "".join(pieces[read:end]), end

    async def _wait(self) -> bool:
        """Wait for the next entry; False if it is time for a heartbeat."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True


class Runs:
    """The runs of this process."""

    def __init__(self, messages: Messages, llm: Llm) -> None:
        self._messages = messages
        self._llm = llm
        self._runs: dict[UUID, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, messages: Messages, llm: Llm) -> AsyncIterator["Runs"]:
        """Keep runs alive while the block runs; leaving it interrupts those left."""
        runs = cls(messages, llm)
        keeping = asyncio.create_task(runs._keep())
        try:
            yield runs
        finally:
            for task in runs._tasks:
                task.cancel()
            await asyncio.gather(*runs._tasks, return_exceptions=True)
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def require_room(self) -> None:
        """Refuse a new run when there are too many."""
        if len(self._runs) >= MAX_RUNS:
            raise Overloaded(retry_seconds=1)

    def start(self, begun: Begun, token: str) -> Run:
        """Begin to write a reply, on behalf of the user whose token this is."""
        run = self._runs[begun.reply.id] = Run(begun)
        task = asyncio.create_task(self._write(run, token))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    def find(self, reply_id: UUID) -> Run | None:
        """Return the run that writes a reply, if this process does."""
        return self._runs.get(reply_id)

    async def _write(self, run: Run, token: str) -> None:
        try:
            ending = await self._generate(run, token)
        except asyncio.CancelledError:
            ending = ended(run, Refused("REPLY_INTERRUPTED", ""))
        try:
            stored = await self._store(run, ending)
        except MessageNotFound:
            # Its user was deleted meanwhile, yet somebody may still be reading.
            stored = replace(run.begun.reply, state="stopped", end_time=None)
        del self._runs[run.begun.reply.id]
        run.end(stored)

    async def _generate(self, run: Run, token: str) -> Ending:
        """Ask the model, and log what it says."""
        size = 0
        asked = run.begun.reply.model
        events = self._llm.generate(run.begun.history, asked, token)
        async with aclosing(events):  # type: ignore[type-var]  # is a generator
            async for event in events:
                if not isinstance(event, Piece):
                    return ended(run, event)
                run.append(event.text)
                size += len(event.text)
                if size > MAX_REPLY:
                    break
        return ended(run, Refused("MODEL_PROTOCOL", asked))

    async def _store(self, run: Run, ending: Ending) -> Message:
        """Store how a reply ended, however long that takes."""
        while True:
            try:
                return await self._messages.end(run.begun.name, ending)
            except (Unavailable, Overloaded):
                log.warning("a reply waits for the store")
                await asyncio.sleep(STORE_AGAIN_SECONDS)

    async def _keep(self) -> None:
        """Store how far this process's runs are, and fail those of dead processes."""
        while True:
            try:
                await self._messages.keep(
                    [
                        Progress(run.begun.name, run.text, run.seq)
                        for run in self._runs.values()
                    ]
                )
                if failed := await self._messages.fail_abandoned():
                    log.warning("abandoned replies failed", extra={"replies": failed})
            except (Unavailable, Overloaded):
                log.warning("the store is away")
            await asyncio.sleep(KEEP_SECONDS)


def ended(run: Run, how: Answered | Refused) -> Ending:
    """Say how a run ended, with what it wrote."""
    text, seq = run.text, run.seq + 1
    if isinstance(how, Refused):
        return Ending(
            state="failed", text=text, seq=seq, model=how.model, failure=how.reason
        )
    return Ending(
        state="completed",
        text=text,
        seq=seq,
        model=how.model,
        input_tokens=how.input_tokens,
        output_tokens=how.output_tokens,
    )
