"""Writing replies: each in a task of its own that belongs to no call."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from uuid import UUID

from services.chat.messages.model import (
    MAX_ATTEMPTS,
    MAX_REPLY,
    Begun,
    Ending,
    Message,
    MessageNotFound,
)
from services.chat.messages.ports import (
    Broken,
    Entries,
    Llm,
    Log,
    Noting,
    Piece,
    Progress,
    Reading,
    Refused,
    Replica,
    Thinking,
    Titles,
    Written,
)
from services.chat.messages.run import Run
from services.chat.messages.writing import Halted, How, Writing
from services.chat.usage.model import BudgetExhausted
from services.kit.clock import utc_now
from services.kit.errors import Overloaded, Unavailable

log = logging.getLogger(__name__)

MAX_RUNS = 5_000
FLUSH_SECONDS = 0.05
STORE_AGAIN_SECONDS = 1.0


class Runs:
    """The replies that this process writes."""

    def __init__(self, replica: Replica, llm: Llm, log: Log, titles: Titles) -> None:
        self._replica = replica
        self._titles = titles
        self._llm = llm
        self._log = log
        self._writing: dict[UUID, Writing] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._closing: list[Entries] = []
        self._dirty = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, replica: Replica, llm: Llm, log: Log, titles: Titles
    ) -> AsyncIterator["Runs"]:
        """Write replies while the block runs; those left are another replica's then."""
        runs = cls(replica, llm, log, titles)
        flushing = asyncio.create_task(runs._keep_flushing())
        try:
            yield runs
        finally:
            for task in runs._tasks.values():
                task.cancel()
            await asyncio.gather(*runs._tasks.values(), return_exceptions=True)
            flushing.cancel()
            await asyncio.gather(flushing, return_exceptions=True)
            await runs._flush()

    def require_room(self) -> None:
        """Refuse a new run when there are too many."""
        if len(self._writing) >= MAX_RUNS:
            raise Overloaded(retry_seconds=1)

    def start(self, begun: Begun) -> Run:
        """Begin to write a reply."""
        writing = self._writing[begun.reply.id] = Writing.of(begun)
        task = asyncio.create_task(self._write(writing))
        self._tasks[begun.reply.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(begun.reply.id, None))
        return writing.run

    def find(self, reply_id: UUID) -> Run | None:
        """Return the run that writes a reply, if this process does."""
        writing = self._writing.get(reply_id)
        return writing.run if writing else None

    def stop(self, reply_id: UUID, seq: int) -> None:
        """Stop a reply, if this process writes it."""
        if writing := self._writing.get(reply_id):
            writing.stop(seq)

    def progress(self) -> list[Progress]:
        """Say how far the replies are."""
        return [
            Progress(run.name, run.attempt, run.text, run.seq, run.beside.packed())
            for run in (writing.run for writing in self._writing.values())
        ]

    def lose(self, replies: set[UUID]) -> None:
        """Leave replies to the replicas that have taken them over."""
        for reply_id in replies:
            writing = self._writing.get(reply_id)
            if writing and not writing.ending:
                log.warning("a reply was taken over by another replica")
                self._tasks[reply_id].cancel()

    async def _write(self, writing: Writing) -> None:
        try:
            ending = await self._compose(writing)
            writing.ending = True
            await self._end(writing, ending)
        except Exception:
            log.exception("a reply broke off")  # and is picked up again
        finally:
            del self._writing[writing.begun.reply.id]
            if not writing.run.over:
                writing.run.lose()

    async def _end(self, writing: Writing, ending: Ending | None) -> None:
        """Store how a reply ended; start those that waited for it."""
        if ending is None:
            return
        begun, run = writing.begun, writing.run
        try:
            stored, waiting = await self._store(begun, ending)
        except MessageNotFound:
            # Its user was deleted meanwhile, yet somebody may still be reading.
            stored, waiting = replace(begun.reply, state="stopped"), []
        else:
            if stored.end_time is None:
                return  # another replica's
        self._closing += writing.unflushed()
        self._closing.append(Entries(run.name.id, run.seq + 1, mark="ended"))
        self._dirty.set()
        run.end(stored)
        for next in waiting:
            self.start(next)
        if stored.state == "completed" and len(begun.history) == 1:
            said, of = begun.history[0], begun.name.conversation
            self._titles.wanted(of, stored.model, said.text, stored.text)

    async def _compose(self, writing: Writing) -> Ending | None:
        """Ask the model, again if llm dies; None if the reply is no longer ours."""
        while True:
            if writing.tries > MAX_ATTEMPTS:
                return writing.ended(Refused("REPLY_INTERRUPTED", ""))
            if not isinstance(how := await self._generate_or_stop(writing), Broken):
                return writing.ended(how)
            if writing.tries == MAX_ATTEMPTS:
                return writing.ended(Refused("MODEL_UNAVAILABLE", ""))
            if not await self._restart(writing):
                return None

    async def _generate_or_stop(self, writing: Writing) -> How | Broken:
        if writing.stop_seq is not None:
            return Halted()
        writing.generating = generating = asyncio.create_task(self._generate(writing))
        try:
            return await generating
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if writing.stop_seq is None or (task and task.cancelling()):
                raise
            return Halted()
        finally:
            writing.generating = None
            if not generating.done():
                generating.cancel()
                await asyncio.gather(generating, return_exceptions=True)

    async def _generate(self, writing: Writing) -> How | Broken:
        """Log what the model says, until it ends or may not go on."""
        begun, run = writing.begun, writing.run
        size = len(run.text)
        events = self._llm.generate(
            writing.turns,
            model=begun.reply.model,
            user_id=begun.name.conversation.user_id,
            groups=begun.groups,
            options=begun.reply.options,
            conversation=begun.name.conversation,
        )
        async with aclosing(events):  # type: ignore[type-var]  # is a generator
            async for event in events:
                if isinstance(event, Piece | Thinking):
                    if event.text:
                        writing.first_token_time = writing.first_token_time or utc_now()
                    allowed = await self._allowed(writing, event)
                    if isinstance(allowed, Piece):
                        size += len(allowed.text)
                    if size > MAX_REPLY:
                        break
                    writing.add(allowed)
                    self._dirty.set()
                    if allowed is not event:
                        return Halted("BUDGET_EXHAUSTED")
                elif isinstance(event, Noting):
                    run.note(event.key, event.value)
                    self._dirty.set()
                elif isinstance(event, Reading):
                    writing.read_tokens = max(writing.read_tokens, event.input_tokens)
                    writing.model = event.model or writing.model
                else:
                    return event
        return Refused("MODEL_PROTOCOL", begun.reply.model)

    async def _allowed(self, writing: Writing, piece: Written) -> Written:
        """Return a piece, or as much of it as the budget allows."""
        begun = writing.begun
        while (left := writing.left) is not None:
            if piece.tokens <= left:
                break
            try:
                more = await self._replica.extend(begun.name, begun.reply.model)
            except BudgetExhausted:
                more = 0
            except (Unavailable, Overloaded):
                await asyncio.sleep(STORE_AGAIN_SECONDS)
                continue
            if not more:
                left = max(0, left)
                # What costs nothing can still come after what cost too much.
                cut = len(piece.text) * left // piece.tokens if piece.tokens else 0
                return replace(piece, text=piece.text[:cut], tokens=left)
            assert writing.allowance is not None, "else nothing is left to run out"
            writing.allowance += more
        return piece

    async def _restart(self, writing: Writing) -> bool:
        """Begin the next attempt; False if the reply is no longer ours."""
        run = writing.run
        while True:
            try:
                if not await self._replica.restart(run.name, run.attempt):
                    return False
            except (Unavailable, Overloaded):
                await asyncio.sleep(STORE_AGAIN_SECONDS)
            else:
                writing.restart()
                self._dirty.set()
                return True

    async def _store(self, begun: Begun, ending: Ending) -> tuple[Message, list[Begun]]:
        """Store how a reply ended, however long that takes."""
        while True:
            try:
                stored, waiting = await self._replica.end(begun, ending)
                return stored, list(waiting)
            except (Unavailable, Overloaded):
                log.warning("a reply waits for the store")
                await asyncio.sleep(STORE_AGAIN_SECONDS)

    async def _keep_flushing(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(FLUSH_SECONDS)
            self._dirty.clear()
            if not await self._flush():
                await asyncio.sleep(STORE_AGAIN_SECONDS)
                self._dirty.set()

    async def _flush(self) -> bool:
        """Let the other replicas read what is new, in one round trip."""
        closing, self._closing = self._closing, []
        new = [(writing, writing.unflushed()) for writing in self._writing.values()]
        entries = [*closing, *(each for _, some in new for each in some)]
        if not entries or not await self._log.write(entries):
            return not entries
        for writing, some in new:
            if some:
                writing.confirm()
        if not all(writing.all_flushed for writing, some in new if some):
            self._dirty.set()
        return True
