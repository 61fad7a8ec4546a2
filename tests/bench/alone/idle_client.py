"""
Holds streams on which nothing happens, in a process of its own.

Reads a Holding as JSON from its argument, prints `ready` when all streams have begun,
and ends when its standard input does.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import grpc

from parley.chat.v1 import conversation_service_pb2 as conversation_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversation_grpc
from parley.chat.v1 import message_service_pb2 as message_pb
from parley.chat.v1 import message_service_pb2_grpc as message_grpc
from parley.chat.v1 import sync_service_pb2 as sync_pb
from parley.chat.v1 import sync_service_pb2_grpc as sync_grpc
from tests.bench.alone.people import People

# The edge lets 100 streams share a connection.
PER_CHANNEL = 90
AT_ONCE = 100
# A reply that says so little that it is not given up, which would be after a minute.
SILENT = "scripted-100x40000ms"
READERS = 90  # of each reply

Kind = Literal["watchers", "readers"]
Stream = Any  # an open call, whatever it answers with


@dataclass(frozen=True, kw_only=True)
class Holding:
    """So many streams of a kind, at an edge whose auth keeps its key in `state`."""

    kind: Kind
    target: str
    state: str
    streams: int


async def watchers(
    channel: grpc.aio.Channel, people: People, count: int
) -> AsyncIterator[Stream]:
    """Watch changes, each device of another user."""
    stub = sync_grpc.SyncServiceStub(channel)
    for _ in range(count):
        user = uuid4()
        request = sync_pb.WatchChangesRequest(parent=f"users/{user}")
        yield stub.WatchChanges(request, metadata=people.metadata(user))


async def readers(
    channel: grpc.aio.Channel, people: People, count: int
) -> AsyncIterator[Stream]:
    """Read a reply that falls silent, all of one user."""
    user = uuid4()
    me = people.metadata(user)
    created = await conversation_grpc.ConversationServiceStub(
        channel
    ).CreateConversation(
        conversation_pb.CreateConversationRequest(parent=f"users/{user}"), metadata=me
    )
    stub = message_grpc.MessageServiceStub(channel)
    asked = message_pb.SendMessageRequest(
        parent=created.conversation.name, text="Are you there?", model=SILENT
    )
    call = stub.SendMessage(asked, metadata=me)
    first = await call.read()
    assert isinstance(first, message_pb.SendMessageResponse)
    accepted = first.event.accepted
    yield call
    rest = message_pb.ResumeReplyRequest(name=accepted.reply.name)
    for _ in range(count - 1):
        yield stub.ResumeReply(rest, metadata=me)


async def begun(calls: AsyncIterator[Stream]) -> Sequence[Stream]:
    """Wait until something came on each stream, a few of them at once."""
    waiting = [call async for call in calls]
    for first in range(0, len(waiting), AT_ONCE):
        await asyncio.gather(
            *(call.read() for call in waiting[first : first + AT_ONCE])
        )
    return waiting


async def held(call: Stream) -> None:
    """Read until the stream ends, which it should not."""
    while await call.read() is not grpc.aio.EOF:
        pass
    raise EOFError("a stream ended")


async def main(holding: Holding) -> None:
    """Open the streams, and keep them."""
    people = People(Path(holding.state))
    opening = {"watchers": watchers, "readers": readers}[holding.kind]
    calls: list[Stream] = []
    async with AsyncExitStack() as stack:
        for first in range(0, holding.streams, PER_CHANNEL):
            # Without a pool of its own, every channel would share one connection.
            channel = await stack.enter_async_context(
                grpc.aio.insecure_channel(
                    holding.target, options=[("grpc.use_local_subchannel_pool", 1)]
                )
            )
            count = min(PER_CHANNEL, holding.streams - first)
            calls += await begun(opening(channel, people, count))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        tasks = [asyncio.create_task(held(call)) for call in calls]
        tasks.append(asyncio.create_task(until_told()))
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()


async def until_told() -> None:
    """Wait until nobody writes to the standard input any more."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, told.set)
    await told.wait()


if __name__ == "__main__":
    asyncio.run(main(Holding(**json.loads(sys.argv[1]))))
