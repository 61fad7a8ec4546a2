"""The API as the parts behind the edge serve it here: they play what a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import descriptor, message_factory
from google.protobuf.message import Message

from parley.auth.v1 import (
    account_service_pb2,
    api_key_service_pb2,
    key_service_pb2,
    session_service_pb2,
)
from parley.chat.v1 import (
    conversation_service_pb2,
    erasure_service_pb2,
    folder_service_pb2,
    message_pb2,
    message_service_pb2,
    search_service_pb2,
    share_service_pb2,
    sync_service_pb2,
    transfer_service_pb2,
    usage_service_pb2,
)
from parley.llm.v1 import (
    document_service_pb2,
    generation_pb2,
    generation_service_pb2,
    speech_service_pb2,
)

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
Reply = AsyncIterator[message_service_pb2.SendMessageResponse]
Play = Callable[[message_service_pb2.SendMessageRequest, Context], Reply]

AUTH = (
    account_service_pb2,
    api_key_service_pb2,
    key_service_pb2,
    session_service_pb2,
)
CHAT = (
    conversation_service_pb2,
    erasure_service_pb2,
    folder_service_pb2,
    message_pb2,
    message_service_pb2,
    search_service_pb2,
    share_service_pb2,
    sync_service_pb2,
    transfer_service_pb2,
    usage_service_pb2,
)
LLM = (document_service_pb2, generation_service_pb2, speech_service_pb2)
KEYS = "GetJsonWebKeySet"
EXCHANGE = "ExchangeApiKey"
BY_THE_EDGE = (KEYS, EXCHANGE)  # what the edge asks by itself, and no test
REPLIES = (
    "SendMessage",
    "ResumeReply",
    "RegenerateReply",
    "ContinueReply",
    "EditMessage",
)
COOKIE = "__Host-parley_refresh=new; Path=/; Secure; HttpOnly; SameSite=Strict"
ReplyEvent = message_pb2.ReplyEvent


def event(seq: int, **what: Any) -> message_service_pb2.SendMessageResponse:
    """Make one event of a reply."""
    said = ReplyEvent(seq=seq, after_seq=seq - 1, **what)
    return message_service_pb2.SendMessageResponse(event=said)


async def reply(
    request: message_service_pb2.SendMessageRequest, context: Context
) -> Reply:
    """Play a whole reply."""
    yield event(1, accepted=ReplyEvent.Accepted())
    yield event(2, delta=ReplyEvent.Delta(text="Hel"))
    yield event(3, delta=ReplyEvent.Delta(text="lo"))
    yield event(4, completed=ReplyEvent.Completed())


def noticing(gone: asyncio.Event) -> Play:
    """Play a beginning, and say when the caller has gone."""

    async def play(request: object, context: Context) -> Reply:
        yield event(1, accepted=ReplyEvent.Accepted())
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    return play


@dataclass
class Seen:
    """One call that reached a part."""

    request: Message
    metadata: dict[str, str]


@dataclass
class Script:
    """What the parts are asked, and what they play."""

    jwks: list[dict[str, str]]
    reply: Play = reply
    title: str = ""
    patience: asyncio.Event | None = None  # what an answer waits for
    down: bool = False  # whether every call is refused as UNAVAILABLE
    api_keys: dict[str, str] = field(default_factory=dict)  # access tokens for each
    exhausted: bool = False  # whether too many keys were tried
    exchanged: list[dict[str, str]] = field(default_factory=list)  # what came with each
    seen: list[Seen] = field(default_factory=list)

    async def note(self, request: Message, context: Context) -> None:
        """Remember a call, and refuse it when down."""
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        self.seen.append(Seen(request, metadata))
        if self.down:
            await context.abort(grpc.StatusCode.UNAVAILABLE)

    @property
    def last(self) -> Seen:
        """The newest call."""
        return self.seen[-1]


async def keys(script: Script, request: Any, context: Context) -> Message:
    """Give the keys."""
    await context.send_initial_metadata((("cache-control", "public, max-age=300"),))
    found = [key_service_pb2.JsonWebKey(**key) for key in script.jwks]
    return key_service_pb2.GetJsonWebKeySetResponse(keys=found)


async def sign_up(script: Script, request: Any, context: Context) -> Message:
    """Sign anybody up."""
    return account_service_pb2.CreateUserResponse(user=request.user)


async def exchange(script: Script, request: Any, context: Context) -> Message:
    """Exchange an API key, as auth does."""
    metadata = {key: str(value) for key, value in context.invocation_metadata()}
    script.exchanged.append(metadata)
    if script.down:
        await context.abort(grpc.StatusCode.UNAVAILABLE)
    if script.exhausted:
        await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED)
    brought = metadata.get("x-parley-api-key", "")
    token = script.api_keys.get(brought.partition(" ")[2])
    if token is None:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED)
    await context.send_initial_metadata((("authorization", f"Bearer {token}"),))
    return api_key_service_pb2.ExchangeApiKeyResponse()


async def refresh(script: Script, request: Any, context: Context) -> Message:
    """Give anybody a cookie."""
    await context.send_initial_metadata((("set-cookie", COOKIE),))
    return session_service_pb2.RefreshSessionResponse()


async def conversation(script: Script, request: Any, context: Context) -> Message:
    """Have the conversation that is asked for."""
    if script.patience:
        await script.patience.wait()
    found = conversation_service_pb2.Conversation(name=request.name, title=script.title)
    return conversation_service_pb2.GetConversationResponse(conversation=found)


async def transcript(script: Script, request: Any, context: Context) -> Message:
    """Write a recording down."""
    if script.patience:
        await script.patience.wait()
    return speech_service_pb2.TranscribeSpeechResponse(text="Hello.")


# What is not here is answered with an empty message.
ANSWERS: dict[str, Callable[[Script, Any, Context], Awaitable[Message]]] = {
    KEYS: keys,
    EXCHANGE: exchange,
    "CreateUser": sign_up,
    "RefreshSession": refresh,
    "GetConversation": conversation,
    "TranscribeSpeech": transcript,
}
STREAMS: dict[str, Message] = {
    "Generate": generation_pb2.GenerateResponse(
        delta=generation_pb2.GenerateResponse.Delta(text="Hello")
    ),
    "ExportConversations": transfer_service_pb2.ExportConversationsResponse(
        chunk=b"\0file\xff"
    ),
}


def handler(
    script: Script, method: descriptor.MethodDescriptor
) -> "grpc.RpcMethodHandler[Any, Any]":
    """Serve one RPC as the script says."""
    response = message_factory.GetMessageClass(method.output_type)

    async def answer(request: Message, context: Context) -> Message:
        if method.name not in BY_THE_EDGE:
            await script.note(request, context)
        if method.name in ANSWERS:
            return await ANSWERS[method.name](script, request, context)
        return response()

    async def stream(request: Any, context: Context) -> AsyncIterator[Message]:
        await script.note(request, context)
        if method.name in REPLIES:
            async for said in script.reply(request, context):
                yield response(event=said.event)
        else:
            yield STREAMS.get(method.name, response())

    async def upload(
        requests: AsyncIterator[Any], context: Context
    ) -> AsyncIterator[Message]:
        async for request in requests:
            await script.note(request, context)
            yield response(document={"uploaded_bytes": len(request.chunk)})

    kind: Any = grpc.unary_unary_rpc_method_handler
    play: Any = answer
    if method.server_streaming:
        kind, play = grpc.unary_stream_rpc_method_handler, stream
    if method.client_streaming:
        kind, play = grpc.stream_stream_rpc_method_handler, upload
    found: grpc.RpcMethodHandler[Any, Any] = kind(
        play,
        request_deserializer=message_factory.GetMessageClass(
            method.input_type
        ).FromString,
        response_serializer=response.SerializeToString,
    )
    return found


def add(modules: tuple[Any, ...], script: Script, server: grpc.aio.Server) -> None:
    """Serve every RPC of the services in these modules."""
    for module in modules:
        for service in module.DESCRIPTOR.services_by_name.values():
            handlers = {
                method.name: handler(script, method) for method in service.methods
            }
            server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(service.full_name, handlers),)
            )


def add_auth(script: Script, server: grpc.aio.Server) -> None:
    """Serve what auth serves."""
    add(AUTH, script, server)


def add_chat(script: Script, server: grpc.aio.Server) -> None:
    """Serve what chat serves."""
    add(CHAT, script, server)


def add_llm(script: Script, server: grpc.aio.Server) -> None:
    """Serve what llm serves."""
    add(LLM, script, server)
