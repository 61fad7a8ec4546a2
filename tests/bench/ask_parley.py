"""Asks Parley over gRPC through its edge, each time in a conversation of its own."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import grpc

from parley.auth.v1 import account_service_pb2 as account_pb
from parley.auth.v1 import account_service_pb2_grpc as account_grpc
from parley.chat.v1 import conversation_service_pb2 as conversation_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversation_grpc
from parley.chat.v1 import message_service_pb2 as message_pb
from parley.chat.v1 import message_service_pb2_grpc as message_grpc
from tests.bench.load import Ask, Reply, Task
from tests.identity import bearing

QUESTION = "What is a parley?"
# The edge lets 100 streams share a connection.
_READERS_PER_CHANNEL = 64
# Few, because one address may not try many passwords, sign-up included.
_USERS = 4
_AT_ONCE = 8


@dataclass(frozen=True)
class _Place:
    """Where to say something: after which message, and who may speak there."""

    channel: grpc.aio.Channel
    metadata: tuple[tuple[str, str], ...]
    parent: str
    after: str = ""


@asynccontextmanager
async def asking_parley(task: Task) -> AsyncIterator[Ask]:
    """Sign up users and make the conversations, then let them ask."""
    async with AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(_channel(task.url))
            for _ in range(0, task.readers, _READERS_PER_CHANNEL)
        ]
        places = deque(await _places(channels, task))

        async def ask() -> Reply:
            place = places.popleft()
            if place.after:  # others may ask there too
                places.append(place)
            try:
                return await _ask(place)
            except grpc.aio.AioRpcError as error:
                raise RuntimeError(f"{error.code().name}: {error.details()}") from error

        yield ask


async def _ask(place: _Place) -> Reply:
    stub = message_grpc.MessageServiceStub(place.channel)
    request = message_pb.SendMessageRequest(
        parent=place.parent,
        parent_message=place.after,
        text=QUESTION,
        request_id=str(uuid4()),
    )
    began = time.perf_counter()
    first = None
    texts: list[str] = []
    seq = 0
    completed = False
    async for response in stub.SendMessage(request, metadata=place.metadata):
        event = response.event
        if event.after_seq != seq:
            raise ValueError(f"a gap: {seq} was followed by {event.after_seq}")
        seq = event.seq
        match event.WhichOneof("event"):
            case "delta":
                if first is None:
                    first = time.perf_counter() - began
                texts.append(event.delta.text)
            case "completed":
                completed = True
            case "failed" | "stopped":
                raise ValueError(str(event))
    whole = time.perf_counter() - began
    if not completed:
        raise EOFError("the stream was cut")
    return Reply("".join(texts), len(texts), first or whole, whole)


async def _places(channels: list[grpc.aio.Channel], task: Task) -> list[_Place]:
    """Make a conversation for each reply, unless it is said where to ask."""
    if task.places:
        return [
            _Place(channels[0], bearing(token), parent, after)
            for parent, after, token in task.places
        ]
    users = min(task.readers, _USERS)
    signed_up = [await _signed_up(channels[0]) for _ in range(users)]
    turn = asyncio.Semaphore(_AT_ONCE)

    async def place(number: int) -> _Place:
        channel = channels[number % len(channels)]
        name, metadata = signed_up[number % users]
        async with turn:
            stub = conversation_grpc.ConversationServiceStub(channel)
            request = conversation_pb.CreateConversationRequest(parent=name)
            answer = await stub.CreateConversation(request, metadata=metadata)
        return _Place(channel, metadata, answer.conversation.name)

    return list(await asyncio.gather(*map(place, range(task.replies))))


async def _signed_up(
    channel: grpc.aio.Channel,
) -> tuple[str, tuple[tuple[str, str], ...]]:
    user = account_pb.User(email=f"{uuid4()}@example.com")
    request = account_pb.CreateUserRequest(user=user, password=str(uuid4()))
    answer = await account_grpc.AccountServiceStub(channel).CreateUser(request)
    metadata = (("authorization", f"Bearer {answer.access_token.token}"),)
    return answer.user.name, metadata


def _channel(target: str) -> grpc.aio.Channel:
    # Without a pool of its own, every channel would share one connection.
    options = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.insecure_channel(target, options=options)
