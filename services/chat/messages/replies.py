"""How replies come about, and how they are shown and stopped."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from services.chat.messages.asked import Asked
from services.chat.messages.mirrors import Mirrors
from services.chat.messages.model import Message, SeqOutOfRange, Stored, attempt_of
from services.chat.messages.ports import Messages, Signals, stops_topic
from services.chat.messages.run import Event, Run
from services.chat.messages.runs import Runs
from services.chat.names import MessageName
from services.kit.errors import Unavailable
from services.kit.requests.model import Request

# How long a log may lag behind what its reader has seen: if the process that showed it
# is dead, its lease runs out within this time, and the next attempt begins.
REACH_SECONDS = 10.0
STOP_SECONDS = 10.0  # time for a dead replica's lease to run out
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was asked, and the replies to be, are stored."""

    stored: Stored


class Replies:
    """Has replies written, shows them and stops them."""

    def __init__(
        self, messages: Messages, runs: Runs, mirrors: Mirrors, signals: Signals
    ) -> None:
        self._messages = messages
        self._runs = runs
        self._mirrors = mirrors
        self._signals = signals

    async def ask(self, asked: Asked) -> AsyncIterator[Accepted | Event]:
        """Store what is asked, have it answered, and yield the first reply's events."""
        self._runs.require_room()
        # Shielded, so that a caller who leaves now finds the reply all the same.
        stored = await asyncio.shield(asyncio.create_task(self._begin(asked)))
        yield Accepted(stored)
        first = stored.replies[0]
        async for event in self._run(first.name, first.reply).follow(1):
            yield event

    async def _begin(self, asked: Asked) -> Stored:
        stored = await self._messages.begin(asked)
        if not stored.retried:
            for begun in stored.replies:
                if begun.reply.state == "generating":
                    self._runs.start(begun)
        return stored

    async def resume(self, name: MessageName, after_seq: int) -> AsyncIterator[Event]:
        """Yield the events of a reply that follow an entry."""
        reply = await self._messages.get(name)
        reply.require_reply(name)
        if attempt_of(after_seq) > reply.attempt + 1:
            raise SeqOutOfRange(seq=reply.seq)
        run = self._run(name, reply)
        await self._require_reached(run, reply, after_seq)
        async for event in run.follow(after_seq):
            yield event

    async def stop(self, name: MessageName, seq: int, request: Request) -> Message:
        """Stop a reply after an entry, or after all that there is; return its end."""
        reply = await self._messages.get(name)
        reply.require_reply(name)
        if reply.state == "generating":
            await self._require_reached(self._run(name, reply), reply, seq)
        reply = await self._messages.request_stop(name, seq, request)
        if reply.end_time:
            return reply
        if run := self._runs.find(name.id):
            self._runs.stop(name.id, seq)
            if stored := await run.wait_until_over(STOP_SECONDS):
                return stored
        elif reply.holder:
            await self._signals.publish(stops_topic(reply.holder))
        return await self._ended(name)

    async def _ended(self, name: MessageName) -> Message:
        """Wait until a reply that another replica stops is stored."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                while True:
                    if (reply := await self._messages.get(name)).end_time:
                        return reply
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise Unavailable(part="chat", retry_seconds=1) from None

    def _run(self, name: MessageName, reply: Message) -> Run:
        """Find the log of a reply: ours, a mirror, or made from what is stored."""
        if run := self._runs.find(reply.id):
            return run
        if not reply.end_time:
            return self._mirrors.of(name, reply)
        run = Run(name, reply.attempt)
        if reply.text:
            run.append(reply.text)
        run.end(reply)
        return run

    async def _require_reached(self, run: Run, reply: Message, seq: int) -> None:
        """
        Refuse an entry that there has never been.

        A mirror may lag behind what its reader saw elsewhere, and a reply that was
        stopped, or that a process died over, may be shorter.
        """
        if self._runs.find(reply.id) is run or reply.state == "completed":
            run.require_reached(seq)
        elif not reply.end_time:
            await run.wait_for(seq, REACH_SECONDS)
            if not run.over and attempt_of(seq) >= run.attempt:
                run.require_reached(seq)

    async def get(self, name: MessageName) -> Message:
        """Return a message, with what is written so far."""
        return self.so_far(await self._messages.get(name))

    def so_far(self, message: Message) -> Message:
        """Add what a run has written to a message that was read from the store."""
        run = self._runs.find(message.id) or self._mirrors.find(message.id)
        if not run or message.end_time or run.seq < message.seq:
            return message
        return replace(message, text=run.text, seq=run.seq, beside=run.beside.packed())
