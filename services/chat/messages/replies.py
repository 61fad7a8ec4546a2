"""How a reply comes about."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from services.chat.messages.model import Begun, Message, Said
from services.chat.messages.ports import Messages
from services.chat.messages.runs import (
    HEARTBEAT_SECONDS,
    Delta,
    Ended,
    Event,
    Heartbeat,
    Runs,
)
from services.chat.names import MessageName

LOOK_SECONDS = 0.5  # how often a reply that another process writes is looked at


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the user said and the reply to be are stored."""

    begun: Begun


class Replies:
    """Has replies written, and shows them."""

    def __init__(self, messages: Messages, runs: Runs) -> None:
        self._messages = messages
        self._runs = runs

    async def send(self, said: Said, token: str) -> AsyncIterator[Accepted | Event]:
        """Store what the user says, have it answered, and yield the reply's events."""
        self._runs.require_room()
        # Shielded, so that a caller who leaves now finds the reply all the same.
        begun = await asyncio.shield(asyncio.create_task(self._begin(said, token)))
        yield Accepted(begun)
        if run := self._runs.find(begun.reply.id):
            events = run.follow()
        else:
            events = self._follow_stored(begun)
        async for event in events:
            yield event

    async def _begin(self, said: Said, token: str) -> Begun:
        begun = await self._messages.begin(said)
        if not begun.retried:
            self._runs.start(begun, token)
        return begun

    async def _follow_stored(self, begun: Begun) -> AsyncIterator[Event]:
        """Show a reply that ended before, or that another process is writing."""
        waited, reply = 0.0, begun.reply
        while reply.state == "generating":
            await asyncio.sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS
            if waited >= HEARTBEAT_SECONDS:
                waited = 0.0
                yield Heartbeat(1)
            reply = await self._messages.get(begun.name)
        if reply.text:
            yield Delta(1, reply.seq - 1, reply.text)
        yield Ended(max(1, reply.seq - 1), reply)

    async def get(self, name: MessageName) -> Message:
        """Return a message, with what is written so far."""
        return self.so_far(await self._messages.get(name))

    def so_far(self, message: Message) -> Message:
        """Add what a run has written to a message that was read from the store."""
        run = self._runs.find(message.id)
        if not run or message.state != "generating":
            return message
        return replace(message, text=run.text, seq=run.seq)
