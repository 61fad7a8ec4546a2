"""Replies that another replica writes, for the readers of this one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from services.chat.messages.beside import THOUGHT
from services.chat.messages.model import Message, MessageNotFound, attempt_of
from services.chat.messages.ports import Log, Messages
from services.chat.messages.run import Run
from services.chat.names import MessageName
from services.kit.errors import Overloaded, Unavailable

MAX_MIRRORS = 5_000
STORED_SECONDS = 2.0  # how often the store is asked when the log says nothing


class Mirrors:
    """
    The runs of other replicas, as far as this process has readers for them.

    A mirror is fed from the log. Where the log has a gap, or is away, the store shows
    what there is.
    """

    def __init__(self, messages: Messages, log: Log) -> None:
        self._messages = messages
        self._log = log
        self._runs: dict[UUID, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, messages: Messages, log: Log) -> AsyncIterator["Mirrors"]:
        """Follow other replicas while the block runs."""
        mirrors = cls(messages, log)
        try:
            yield mirrors
        finally:
            for task in mirrors._tasks:
                task.cancel()
            await asyncio.gather(*mirrors._tasks, return_exceptions=True)

    def find(self, reply_id: UUID) -> Run | None:
        """Return the mirror of a reply, if there is one."""
        return self._runs.get(reply_id)

    def of(self, name: MessageName, reply: Message) -> Run:
        """Mirror a reply for as long as it has readers."""
        if run := self._runs.get(reply.id):
            return run
        if len(self._runs) >= MAX_MIRRORS:
            raise Overloaded(retry_seconds=1)
        run = self._runs[reply.id] = Run(name, attempt_of(max(1, reply.seq)))
        task = asyncio.create_task(self._feed(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    async def _feed(self, run: Run) -> None:
        """Add what comes until the reply has ended, or nobody reads any more."""
        unread, order = False, 0
        try:
            while not run.over:
                before, seq = (run.seq, order), run.seq
                order = await self._from_log(run, order)
                if (run.seq, order) == before:
                    await self._from_store(run)
                    order = order if run.seq == seq else 0
                if not run.over:
                    await self._log.wait(run.name.id, run.seq, order, STORED_SECONDS)
                    if unread and not run.readers:
                        return
                    unread = not run.readers
        finally:
            del self._runs[run.name.id]
            if not run.over:
                run.lose()

    async def _from_log(self, run: Run, order: int) -> int:
        """Add what the log has that fits; return the order of the last that did."""
        for entry in await self._log.read(run.name.id, run.seq, order):
            if entry.mark == "ended":
                return order
            if entry.mark == "restarted":
                run.restart(attempt_of(entry.seq))
            elif entry.key:
                if entry.seq > run.seq:
                    return order  # never step over a gap
                if entry.key == THOUGHT:
                    run.think(entry.value.decode(), at=entry.offset)
                else:
                    run.note(entry.key, entry.value)
            elif entry.seq - len(entry.text) <= run.seq:
                run.append(entry.text[len(entry.text) - (entry.seq - run.seq) :])
            else:
                return order
            order = entry.order
        return order

    async def _from_store(self, run: Run) -> None:
        """Add what the store has."""
        try:
            stored = await self._messages.get(run.name)
        except (Unavailable, Overloaded):
            return
        except MessageNotFound:
            run.lose()
            return
        attempt = stored.attempt if stored.end_time else attempt_of(max(1, stored.seq))
        if attempt > run.attempt:
            run.restart(attempt)
        if attempt == run.attempt and len(stored.text) > len(run.text):
            run.append(stored.text[len(run.text) :])
        if attempt == run.attempt:
            run.load(stored.beside)
        if stored.end_time:
            run.end(stored)
