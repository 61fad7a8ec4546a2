"""Small parts behind the edge: they speak the real API, and play what a test says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from aiohttp import web
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from parley.auth.v1 import (
    account_service_pb2,
    account_service_pb2_grpc,
    key_service_pb2,
    key_service_pb2_grpc,
    session_service_pb2,
    session_service_pb2_grpc,
)
from parley.chat.v1 import (
    conversation_service_pb2,
    conversation_service_pb2_grpc,
    message_service_pb2,
    message_service_pb2_grpc,
)
from parley.llm.v1 import generation_service_pb2, generation_service_pb2_grpc

from tests.edge.wire import Wire

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
Play = Callable[[Any, Context], AsyncIterator[Any]]
COOKIE = "__Host-parley_refresh=new; Path=/; Secure; HttpOnly; SameSite=Strict"
PAGE = "<!doctype html><title>Parley</title>"


def event(**fields: Any) -> message_service_pb2.SendMessageResponse:
    """Make one event of a reply."""
    return message_service_pb2.SendMessageResponse(
        event=message_service_pb2.ReplyEvent(**fields)
    )


async def reply(request: Any, context: Context) -> AsyncIterator[Any]:
    """Play a whole reply."""
    yield event(seq=1, accepted=message_service_pb2.ReplyEvent.Accepted())
    yield event(
        seq=2, after_seq=1, delta=message_service_pb2.ReplyEvent.Delta(text="Hel")
    )
    yield event(
        seq=3, after_seq=2, delta=message_service_pb2.ReplyEvent.Delta(text="lo")
    )
    yield event(
        seq=4, after_seq=3, completed=message_service_pb2.ReplyEvent.Completed()
    )


@dataclass
class Seen:
    """One call that reached a part."""

    method: str
    request: Message
    metadata: dict[str, str]


@dataclass
class Script:
    """What the parts are asked, and what they play."""

    jwks: list[dict[str, str]]
    reply: Play = reply
    title: str = "A conversation"
    seen: list[Seen] = field(default_factory=list)

    def note(self, request: Message, context: Context) -> None:
        """Remember a call."""
        metadata = {
            key: value if isinstance(value, str) else value.hex()
            for key, value in context.invocation_metadata()
        }
        self.seen.append(Seen(type(request).__name__, request, metadata))

    @property
    def last(self) -> Seen:
        """The newest call."""
        return self.seen[-1]


class Keys(key_service_pb2_grpc.KeyServiceServicer):
    """Gives the keys."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def GetJsonWebKeySet(self, request: Any, context: Context) -> Any:
        await context.send_initial_metadata((("cache-control", "public, max-age=300"),))
        keys = [key_service_pb2.JsonWebKey(**key) for key in self._script.jwks]
        return key_service_pb2.GetJsonWebKeySetResponse(keys=keys)


class Accounts(account_service_pb2_grpc.AccountServiceServicer):
    """Signs anybody up."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def CreateUser(self, request: Any, context: Context) -> Any:
        self._script.note(request, context)
        return account_service_pb2.CreateUserResponse(user=request.user)

    async def GetUser(self, request: Any, context: Context) -> Any:
        self._script.note(request, context)
        user = account_service_pb2.User(name=request.name)
        return account_service_pb2.GetUserResponse(user=user)

    async def DeleteUser(self, request: Any, context: Context) -> Any:
        self._script.note(request, context)
        return account_service_pb2.DeleteUserResponse()


class Sessions(session_service_pb2_grpc.SessionServiceServicer):
    """Gives anybody a cookie."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def RefreshSession(self, request: Any, context: Context) -> Any:
        self._script.note(request, context)
        await context.send_initial_metadata((("set-cookie", COOKIE),))
        return session_service_pb2.RefreshSessionResponse()


class Conversations(conversation_service_pb2_grpc.ConversationServiceServicer):
    """Has the one conversation that is asked for."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def CreateConversation(self, request: Any, context: Context) -> Any:
        self._script.note(request, context)
        return conversation_service_pb2.CreateConversationResponse(
            conversation=request.conversation
        )

    async def GetConversation(self, request: Any, context: Context) -> Any:
        self._script.note(request, context)
        conversation = conversation_service_pb2.Conversation(
            name=request.name, title=self._script.title
        )
        return conversation_service_pb2.GetConversationResponse(
            conversation=conversation
        )

    async def ListConversations(self, request: Any, context: Context) -> Any:
        self._script.note(request, context)
        return conversation_service_pb2.ListConversationsResponse()


class Messages(message_service_pb2_grpc.MessageServiceServicer):
    """Plays replies."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def SendMessage(self, request: Any, context: Context) -> AsyncIterator[Any]:  # type: ignore[override]  # the stub knows no generators
        self._script.note(request, context)
        async for response in self._script.reply(request, context):
            yield response


class Models(generation_service_pb2_grpc.GenerationServiceServicer):
    """Has no model."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def ListModels(self, request: Any, context: Context) -> Any:
        self._script.note(request, context)
        return generation_service_pb2.ListModelsResponse()

    async def Generate(self, request: Any, context: Context) -> AsyncIterator[Any]:  # type: ignore[override]  # the stub knows no generators
        self._script.note(request, context)
        yield generation_service_pb2.GenerateResponse(
            delta=generation_service_pb2.GenerateResponse.Delta(text="Hello")
        )


def add_auth(script: Script, server: grpc.aio.Server) -> None:
    """Serve what auth serves."""
    key_service_pb2_grpc.add_KeyServiceServicer_to_server(Keys(script), server)
    account_service_pb2_grpc.add_AccountServiceServicer_to_server(
        Accounts(script), server
    )
    session_service_pb2_grpc.add_SessionServiceServicer_to_server(
        Sessions(script), server
    )


def add_chat(script: Script, server: grpc.aio.Server) -> None:
    """Serve what chat serves."""
    conversation_service_pb2_grpc.add_ConversationServiceServicer_to_server(
        Conversations(script), server
    )
    message_service_pb2_grpc.add_MessageServiceServicer_to_server(
        Messages(script), server
    )


def add_llm(script: Script, server: grpc.aio.Server) -> None:
    """Serve what llm serves."""
    generation_service_pb2_grpc.add_GenerationServiceServicer_to_server(
        Models(script), server
    )


@asynccontextmanager
async def part(add: Callable[[Script, grpc.aio.Server], None], script: Script) -> AsyncIterator[Wire]:
    """Serve a part; yield the wire to it."""
    server = grpc.aio.server(options=(("grpc.max_receive_message_length", 1 << 24),))
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    add(script, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with Wire(port) as wire:
            yield wire
    finally:
        await server.stop(None)


@asynccontextmanager
async def web_server() -> AsyncIterator[str]:
    """Serve one page."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(
            text=PAGE, content_type="text/html", headers={"etag": '"1"', "cache-control": "no-cache"}
        )

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)
