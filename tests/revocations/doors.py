"""Wherever an access token lets somebody in: at the edge, and straight at a service."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import grpc
import psutil

from deploy.local.state import State
from deploy.local.supervisor import Supervisor
from parley.auth.v1 import account_service_pb2 as account_pb
from parley.auth.v1 import account_service_pb2_grpc as account_grpc
from parley.chat.v1 import conversation_service_pb2 as conversation_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversation_grpc
from parley.chat.v1 import sync_service_pb2 as sync_pb
from parley.chat.v1 import sync_service_pb2_grpc as sync_grpc
from parley.llm.v1 import generation_service_pb2 as generation_pb
from parley.llm.v1 import generation_service_pb2_grpc as generation_grpc
from services.kit.status import info_of
from tests.auth.browser import Api, Browser
from tests.calls import refusal
from tests.identity import bearing
from tests.stack import Stack

SERVICES = ("auth", "chat", "llm")
ASK_SECONDS = 0.01  # how often each door is tried
GIVE_UP_SECONDS = 10.0
REFUSED = (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")


def pids(stack: Stack) -> Mapping[str, int]:
    """Name the processes of a system."""
    infos = Supervisor(State.of(stack.environment)).info()
    return {info["name"]: info["pid"] for info in infos}


def address_of(name: str, pid: int) -> str:
    """Find where a replica of a service listens."""
    service = name.partition("-")[0]
    return psutil.Process(pid).environ()[f"{service.upper()}_LISTEN_ADDRESS"]


@dataclass(frozen=True)
class Door:
    """Where to be let in: a service, by itself or through the edge."""

    name: str
    service: str
    channel: grpc.aio.Channel

    async def knock(
        self, browser: Browser, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Make a call that a good token is let in with, or one with other headers."""
        metadata = headers or bearing(browser.token)
        stub: Any
        if self.service == "auth":
            stub = account_grpc.AccountServiceStub(self.channel)
            asked: Any = stub.GetUser, account_pb.GetUserRequest(name=browser.user)
        elif self.service == "chat":
            stub = conversation_grpc.ConversationServiceStub(self.channel)
            request = conversation_pb.ListConversationsRequest(parent=browser.user)
            asked = stub.ListConversations, request
        else:
            stub = generation_grpc.GenerationServiceStub(self.channel)
            asked = stub.ListModels, generation_pb.ListModelsRequest()
        method, request = asked
        await method(request, metadata=metadata, timeout=30)

    async def shut(self, browser: Browser) -> float:
        """
        Knock until the token is refused; return since when it was never let in.

        A replica that is killed lets nobody in either, and has to refuse it once it is
        back.
        """
        until = monotonic() + GIVE_UP_SECONDS
        since = None
        while monotonic() < until:
            try:
                await self.knock(browser)
                since = None
            except grpc.aio.AioRpcError as error:
                since = since or monotonic()
                if refusal_of(error) == REFUSED:
                    return since
            await asyncio.sleep(ASK_SECONDS)
        raise AssertionError(f"{self.name} still lets it in")


def refusal_of(error: grpc.aio.AioRpcError) -> tuple[grpc.StatusCode, str]:
    """Say how a call was refused."""
    info = info_of(error)
    return error.code(), info.reason if info else ""


@asynccontextmanager
async def doors(stack: Stack) -> AsyncIterator[Sequence[Door]]:
    """Open connections to the edge and to each replica of each service."""
    async with AsyncExitStack() as opened:
        edge = await opened.enter_async_context(edge_of(stack))
        found = [Door(f"edge to {service}", service, edge) for service in SERVICES]
        for name, pid in pids(stack).items():
            service = name.partition("-")[0]
            if service in SERVICES:
                channel = await opened.enter_async_context(
                    grpc.aio.insecure_channel(
                        address_of(name, pid),
                        options=[("grpc.max_reconnect_backoff_ms", 200)],
                    )
                )
                found.append(Door(name, service, channel))
        yield found


def edge_of(stack: Stack) -> grpc.aio.Channel:
    """Open a connection to the edge."""
    return grpc.aio.insecure_channel(stack.url.removeprefix("http://"))


@asynccontextmanager
async def watching(channel: grpc.aio.Channel, browser: Browser) -> AsyncIterator[Any]:
    """Follow the changes of a user, by a session; the stream has begun."""
    stub: Any = sync_grpc.SyncServiceStub(channel)
    call = stub.WatchChanges(
        sync_pb.WatchChangesRequest(parent=browser.user),
        metadata=bearing(browser.token),
    )
    await call.read()
    yield call
    call.cancel()


async def cut(call: Any) -> float:
    """Wait until a stream ends as a revoked one does, and return when."""
    async with asyncio.timeout(GIVE_UP_SECONDS):
        refused = await refusal(read_on(call))
    assert (refused.code, refused.reason) == REFUSED
    return monotonic()


async def read_on(call: Any) -> None:
    """Read a stream to its end."""
    while await call.read() is not grpc.aio.EOF:
        pass


async def sessions(api: Api) -> tuple[Browser, Browser]:
    """Sign somebody up, and in once more."""
    first = await Browser(api).sign_up()
    second = Browser(api, email=first.email, user=first.user)
    return first, await second.sign_in()
