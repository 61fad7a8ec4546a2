"""A reply from its first word to its end, whatever happens to the connection."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc

from parley.chat.v1 import message_service_pb2 as pb
from parley.chat.v1.message_service_pb2 import Message, ReplyEvent
from parley_client.errors import ParleyError, ReplyFailed, typed_errors
from parley_client.events import Accepted, Completed, Delta, Event, Stopped

if TYPE_CHECKING:
    from parley.chat.v1.message_service_pb2_grpc import MessageServiceAsyncStub

GENERATING = Message.State.STATE_GENERATING


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait, in seconds."""

    # The delays before asking again, if it is unknown whether Parley was asked.
    again: tuple[float, ...] = (0.25, 1.0)
    # Without any event. Parley sends a heartbeat every 15 seconds.
    silence: float = 60.0
    # Between two looks at a reply whose stream was cut.
    look: float = 0.5
    # While Parley cannot be reached.
    unreachable: float = 60.0
    # While a reply does not get on.
    standstill: float = 900.0


class Cut(ParleyError):
    """The stream ended, and the reply did not."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=grpc.StatusCode.UNAVAILABLE)


class Replies:
    """Sends messages and yields what becomes of them."""

    def __init__(self, messages: "MessageServiceAsyncStub", patience: Patience) -> None:
        self._messages = messages
        self._patience = patience

    async def send(self, request: pb.SendMessageRequest) -> AsyncGenerator[Event]:
        """
        Yield the events of a reply; the last is `Completed` or `Stopped`.

        Anything else raises: `ReplyFailed` if the reply failed, another `ParleyError`
        if the message was refused or Parley cannot be reached for too long.
        """
        for delay in (*self._patience.again, None):
            reader = Reader()
            try:
                async with aclosing(self._stream(request, reader)) as events:
                    async for event in events:
                        yield event
                return
            except ReplyFailed:
                raise
            except ParleyError as error:
                if reader.accepted:
                    break
                # Asking again with the same request_id asks no model twice.
                if not error.temporary or delay is None:
                    raise
            await asyncio.sleep(delay)
        async with aclosing(self._look(reader)) as events:
            async for event in events:
                yield event

    async def _stream(
        self, request: pb.SendMessageRequest, reader: "Reader"
    ) -> AsyncGenerator[Event]:
        call = self._messages.SendMessage(request)
        try:
            responses = aiter(call)
            while True:
                with typed_errors():
                    try:
                        async with asyncio.timeout(self._patience.silence):
                            response = await anext(responses, None)
                    except TimeoutError:
                        raise Cut("Parley went silent.") from None
                if response is None:
                    raise Cut("The stream broke off.")
                for event in reader.read(response.event):
                    yield event
                if reader.ended:
                    return
        finally:
            call.cancel()

    async def _look(self, reader: "Reader") -> AsyncGenerator[Event]:
        """Look at the stored reply until it has ended."""
        clock = asyncio.get_running_loop().time
        reached = moved = clock()
        request = pb.GetMessageRequest(name=reader.name)
        while True:
            try:
                with typed_errors():
                    reply = (await self._messages.GetMessage(request)).message
            except ParleyError as error:
                if not error.temporary or (
                    clock() - reached > self._patience.unreachable
                ):
                    raise
            else:
                reached = clock()
                for event in reader.look(reply):
                    moved = reached
                    yield event
                if reader.ended:
                    return
                if reached - moved > self._patience.standstill:
                    raise Cut("The reply does not get on.")
            await asyncio.sleep(self._patience.look)


class Reader:
    """What was read of a reply so far."""

    def __init__(self) -> None:
        self.name = ""
        self.ended = False
        self._seq = 0
        self._pieces: list[str] = []

    @property
    def accepted(self) -> bool:
        """Whether the message is known to be stored."""
        return bool(self.name)

    def read(self, event: ReplyEvent) -> Iterator[Event]:
        """Turn an event of the stream into ours."""
        if event.after_seq != self._seq:
            raise Cut("An event was lost.")
        self._seq = event.seq
        match event.WhichOneof("event"):
            case "accepted":
                self.name = event.accepted.reply.name
                yield Accepted(event.accepted.message, event.accepted.reply)
            case "delta":
                self._pieces.append(event.delta.text)
                yield Delta(event.delta.text)
            case "completed":
                yield from self.look(event.completed.reply)
            case "stopped":
                yield from self.look(event.stopped.reply)
            case "failed":
                yield from self.look(event.failed.reply)

    def look(self, reply: Message) -> Iterator[Event]:
        """Turn what is stored into what was not read yet."""
        read = "".join(self._pieces)
        if len(reply.text) > len(read) and reply.text.startswith(read):
            rest = reply.text[len(read) :]
            self._pieces.append(rest)
            yield Delta(rest)
        if reply.state == GENERATING:
            return
        self.ended = True
        if reply.state == Message.State.STATE_COMPLETED:
            yield Completed(reply)
        elif reply.state == Message.State.STATE_STOPPED:
            yield Stopped(reply)
        else:
            raise ReplyFailed(reply)
