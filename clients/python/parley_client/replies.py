"""A reply from its first word to its end, whatever happens to the connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley_client.errors import ParleyError, ReplyFailed
from parley_client.events import Event
from parley_client.patience import Patience, Tries
from parley_client.reading import Reader
from parley_client.streams import Cut, Stream, responses


class Response(Protocol):
    """A response of any method that streams a reply."""

    @property
    def event(self) -> message_pb.ReplyEvent:
        """What happened."""


# Makes a call that streams a reply.
Call = Callable[[], Stream[Response]]
# Makes a call that goes on with a reply, after an entry of its log.
Resume = Callable[[pb.ResumeReplyRequest], Stream[Response]]


class Replies:
    """Follows replies to their ends, over as many streams as that takes."""

    def __init__(self, resume: Resume, patience: Patience) -> None:
        self._resume = resume
        self._patience = patience

    async def begin(self, call: Call) -> AsyncGenerator[Event]:
        """
        Yield the events of a reply that a call has written, made again if need be.

        The last is `Completed` or `Stopped`. Anything else raises: `ReplyFailed` if
        the reply failed, another `ParleyError` if the call was refused or Parley
        cannot be reached for too long. The call carries a request id, so that making
        it twice asks no model twice.
        """
        for delay in (*self._patience.again, None):
            reader = Reader()
            try:
                async with aclosing(self._read(call, reader)) as events:
                    async for event in events:
                        yield event
                return
            except ReplyFailed:
                raise
            except ParleyError as error:
                if reader.accepted:
                    break
                if not error.temporary or delay is None:
                    raise
            await asyncio.sleep(delay)
        async with aclosing(self.go_on(reader)) as events:
            async for event in events:
                yield event

    async def go_on(self, reader: Reader) -> AsyncGenerator[Event]:
        """Yield what the reader has not seen, to the end of the reply."""

        def call() -> Stream[Response]:
            return self._resume(
                pb.ResumeReplyRequest(name=reader.name, after_seq=reader.seq)
            )

        tries = Tries(self._patience)
        while True:
            heard = reader.heard
            try:
                async with aclosing(self._read(call, reader)) as events:
                    async for event in events:
                        yield event
                return
            except ReplyFailed:
                raise
            except ParleyError as error:
                if not comes_back(error, reader):
                    raise
                if reader.heard > heard:
                    tries.came()
                await tries.wait(error)

    async def _read(self, call: Call, reader: Reader) -> AsyncGenerator[Event]:
        stream = responses(call(), silence=self._patience.silence)
        async with aclosing(stream):
            async for response in stream:
                for event in reader.read(response.event):
                    yield event
                if reader.ended:
                    return
        raise Cut("The stream broke off.")


def comes_back(error: ParleyError, reader: Reader) -> bool:
    """Say whether a stream that could not be resumed may be in a moment."""
    if error.reason == "SEQ_OUT_OF_RANGE":
        # What the reader has seen was lost with the process that wrote it. Another
        # takes over in a moment and begins anew.
        return reader.heard > 0
    return error.temporary or error.retry_delay is not None
