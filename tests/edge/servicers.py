"""The API as the parts behind the edge serve it here: they play what a test says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.message import Message

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

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
Reply = AsyncIterator[message_service_pb2.SendMessageResponse]
Play = Callable[[message_service_pb2.SendMessageRequest, Context], Reply]

COOKIE = "__Host-parley_refresh=new; Path=/; Secure; HttpOnly; SameSite=Strict"
ReplyEvent = message_service_pb2.ReplyEvent


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
    seen: list[Seen] = field(default_factory=list)

    def note(self, request: Message, context: Context) -> None:
        """Remember a call."""
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        self.seen.append(Seen(request, metadata))

    @property
    def last(self) -> Seen:
        """The newest call."""
        return self.seen[-1]


@dataclass
class Servicer:
    """Anything that plays the script."""

    script: Script


class Keys(Servicer, key_service_pb2_grpc.KeyServiceServicer):
    """Gives the keys."""

    async def GetJsonWebKeySet(self, request: Any, context: Context) -> Any:
        await context.send_initial_metadata((("cache-control", "public, max-age=300"),))
        keys = [key_service_pb2.JsonWebKey(**key) for key in self.script.jwks]
        return key_service_pb2.GetJsonWebKeySetResponse(keys=keys)


class Accounts(Servicer, account_service_pb2_grpc.AccountServiceServicer):
    """Signs anybody up."""

    async def CreateUser(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return account_service_pb2.CreateUserResponse(user=request.user)

    async def GetUser(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return account_service_pb2.GetUserResponse()

    async def DeleteUser(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return account_service_pb2.DeleteUserResponse()


class Sessions(Servicer, session_service_pb2_grpc.SessionServiceServicer):
    """Gives anybody a cookie."""

    async def CreateSession(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return session_service_pb2.CreateSessionResponse()

    async def RefreshSession(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        await context.send_initial_metadata((("set-cookie", COOKIE),))
        return session_service_pb2.RefreshSessionResponse()

    async def DeleteSession(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return session_service_pb2.DeleteSessionResponse()


class Conversations(
    Servicer, conversation_service_pb2_grpc.ConversationServiceServicer
):
    """Has the one conversation that is asked for."""

    async def CreateConversation(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return conversation_service_pb2.CreateConversationResponse()

    async def GetConversation(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        if self.script.patience:
            await self.script.patience.wait()
        conversation = conversation_service_pb2.Conversation(
            name=request.name, title=self.script.title
        )
        return conversation_service_pb2.GetConversationResponse(
            conversation=conversation
        )

    async def ListConversations(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return conversation_service_pb2.ListConversationsResponse()

    async def DeleteConversation(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return conversation_service_pb2.DeleteConversationResponse()


class Messages(Servicer, message_service_pb2_grpc.MessageServiceServicer):
    """Plays replies."""

    async def SendMessage(self, request: Any, context: Context) -> Reply:
        self.script.note(request, context)
        async for response in self.script.reply(request, context):
            yield response

    async def GetMessage(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return message_service_pb2.GetMessageResponse()

    async def ListMessages(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return message_service_pb2.ListMessagesResponse()


class Models(Servicer, generation_service_pb2_grpc.GenerationServiceServicer):
    """Says hello."""

    async def ListModels(self, request: Any, context: Context) -> Any:
        self.script.note(request, context)
        return generation_service_pb2.ListModelsResponse()

    async def Generate(self, request: Any, context: Context) -> AsyncIterator[Any]:
        self.script.note(request, context)
        hello = generation_service_pb2.GenerateResponse.Delta(text="Hello")
        yield generation_service_pb2.GenerateResponse(delta=hello)


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
