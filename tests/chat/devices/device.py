"""A device: a client that is cut off, and goes on wherever a replica is alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import grpc

from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley.chat.v1 import message_service_pb2_grpc as messages_grpc
from parley.chat.v1 import sync_service_pb2 as sync_pb
from parley.chat.v1 import sync_service_pb2_grpc as sync_grpc
from parley.chat.v1 import usage_service_pb2_grpc as usage_grpc
from parley.event.v1 import event_pb2 as event_pb
from services.kit.status import info_of
from tests.chat.devices.known import Shown
from tests.chat.devices.system import System
from tests.identity import bearing

AGAIN_SECONDS = 0.02
PATIENCE = 60.0
# How a call ends that a process dies under; anything else is an answer.
CUT = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
}
AGAIN = {"UNAVAILABLE", "OVERLOADED"}  # a refusal that asks to come back

Event = message_pb.ReplyEvent
Streams = AsyncIterator[Any]
T = TypeVar("T")


class Refused(Exception):
    """The answer is no."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        info = info_of(error)
        self.reason = info.reason if info else ""
        self.code = error.code()
        super().__init__(self.reason or str(error))


def refused(error: grpc.aio.AioRpcError) -> Refused | None:
    """Return what a call was refused with; None if it is to be made again."""
    found = Refused(error)
    if found.reason in AGAIN or (not found.reason and found.code in CUT):
        return None
    return found


@dataclass
class Device:
    """One device of a user: what it shows, and where it is connected."""

    system: System
    user: UUID
    at: int
    changes: list[event_pb.Event] = field(default_factory=list)
    cursor: str = ""
    reading: dict[asyncio.Task[None], Shown] = field(default_factory=dict)
    watching: asyncio.Task[None] | None = None
    watched: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.me = bearing(self.system.identity.token(self.user))

    @property
    def channel(self) -> grpc.aio.Channel:
        """The way to where it is connected."""
        self.at = self.system.nearest(self.at % len(self.system.replicas))
        return self.system.channel(self.at)

    @property
    def messages(self) -> messages_grpc.MessageServiceAsyncStub:
        """The stub of MessageService."""
        return messages_grpc.MessageServiceStub(self.channel)

    @property
    def conversations(self) -> conversations_grpc.ConversationServiceAsyncStub:
        """The stub of ConversationService."""
        return conversations_grpc.ConversationServiceStub(self.channel)

    @property
    def usage(self) -> usage_grpc.UsageServiceAsyncStub:
        """The stub of UsageService."""
        return usage_grpc.UsageServiceStub(self.channel)

    async def call(self, made: Callable[[], Awaitable[T]]) -> T:
        """Make a call until it is answered, at another replica if one dies."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await made()
                except grpc.aio.AioRpcError as error:
                    if answer := refused(error):
                        raise answer from error
                    await self._elsewhere()

    async def ask(
        self, made: Callable[[], Streams]
    ) -> tuple[message_pb.ReplyEvent.Accepted, Streams]:
        """Have a reply written; return what was acknowledged, and what follows."""

        async def first() -> tuple[message_pb.ReplyEvent, Streams]:
            stream = aiter(made())
            return (await anext(stream)).event, stream

        event, stream = await self.call(first)
        assert (event.after_seq, event.seq) == (0, 1), event
        assert event.WhichOneof("event") == "accepted", event
        return event.accepted, stream

    def show(self, shown: Shown, stream: Streams | None = None) -> None:
        """Follow a reply from where it is shown to its end, whatever happens."""
        shown.reply.shown.append(shown)
        self._follow(shown, stream)

    def cut(self) -> None:
        """Lose all streams, and go on at the next replica."""
        followed = [(task, shown) for task, shown in self.reading.items()]
        self.reading.clear()
        self.at += 1
        for task, shown in followed:
            if task.done():
                task.result()
            elif task.cancel():
                self._follow(shown, None)
        self.watch()

    def watch(self) -> None:
        """Follow what happens to the user's conversations, from where it is."""
        if self.watching:
            assert not self.watching.done(), self.watching
            self.watching.cancel()
        self.watching = asyncio.create_task(self._watch())

    def require_well(self) -> None:
        """Raise what a stream was refused for."""
        tasks = [*self.reading, *([self.watching] if self.watching else [])]
        for task in tasks:
            if task.done():
                task.result()

    async def read_to_the_end(self) -> None:
        """Wait until all replies that it shows have ended."""
        await asyncio.gather(*self.reading)
        self.reading.clear()

    async def leave(self) -> None:
        """Close everything."""
        tasks = [*self.reading, *([self.watching] if self.watching else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _follow(self, shown: Shown, stream: Streams | None) -> None:
        task = asyncio.create_task(self._read(shown, stream))
        self.reading[task] = shown

    async def _read(self, shown: Shown, stream: Streams | None) -> None:
        while not shown.ended:
            request = pb.ResumeReplyRequest(name=shown.reply.name, after_seq=shown.seq)
            try:
                async for response in stream or self.messages.ResumeReply(
                    request, metadata=self.me
                ):
                    shown.take(response.event)
            except grpc.aio.AioRpcError as error:
                if answer := refused(error):
                    raise answer from error
            stream = None
            if not shown.ended:
                await self._elsewhere()

    async def _watch(self) -> None:
        while True:
            stub: sync_grpc.SyncServiceAsyncStub = sync_grpc.SyncServiceStub(
                self.channel
            )
            request = sync_pb.WatchChangesRequest(
                parent=f"users/{self.user}", cursor=self.cursor
            )
            try:
                async for response in stub.WatchChanges(request, metadata=self.me):
                    self.changes += response.events
                    self.cursor = response.cursor
                    self.watched.set()
            except grpc.aio.AioRpcError as error:
                if answer := refused(error):
                    raise answer from error
            await self._elsewhere()

    async def _elsewhere(self) -> None:
        """Try the next replica, in a moment."""
        self.at += 1
        await asyncio.sleep(AGAIN_SECONDS)
