"""chat over real Postgres, real llm and a scripted provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley.chat.v1 import message_service_pb2_grpc as messages_grpc
from services.llm.providers.openai import OpenAiProvider, client_session
from tests.calls import everything
from tests.doubles.openai_server import serving as upstream_serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import Identity, bearing
from tests.serving import channel_to, chat_serving, llm_serving

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Chat:
    """chat as one signed-in user reaches it."""

    user: UUID
    me: Metadata
    channel: grpc.aio.Channel

    @property
    def conversations(self) -> conversations_grpc.ConversationServiceAsyncStub:
        """The stub of ConversationService."""
        return conversations_grpc.ConversationServiceStub(self.channel)

    @property
    def messages(self) -> messages_grpc.MessageServiceAsyncStub:
        """The stub of MessageService."""
        return messages_grpc.MessageServiceStub(self.channel)

    async def conversation(self) -> str:
        """Create a conversation; return its name."""
        created = await self.conversations.CreateConversation(
            conversations_pb.CreateConversationRequest(parent=f"users/{self.user}"),
            metadata=self.me,
        )
        return created.conversation.name

    def send(
        self,
        parent: str,
        text: str = "Hi",
        *,
        request_id: str = "",
        parent_message: str = "",
        queue: bool = False,
        models: Sequence[str] = ("",),
    ) -> grpc.aio.UnaryStreamCall[pb.SendMessageRequest, pb.SendMessageResponse]:
        """Send a message; return the stream of its events."""
        return self.messages.SendMessage(
            pb.SendMessageRequest(
                parent=parent,
                text=text,
                request_id=request_id,
                parent_message=parent_message,
                queue=queue,
                model=models[0],
                additional_models=models[1:],
            ),
            metadata=self.me,
        )

    def resume(
        self, name: str, after_seq: int = 0
    ) -> grpc.aio.UnaryStreamCall[pb.ResumeReplyRequest, pb.ResumeReplyResponse]:
        """Go on reading a reply; return the stream of its events."""
        return self.messages.ResumeReply(
            pb.ResumeReplyRequest(name=name, after_seq=after_seq), metadata=self.me
        )

    async def stop(self, name: str, last_seen_seq: int = 0) -> message_pb.Message:
        """Stop a reply; return it as it is stored."""
        stopped = await self.messages.StopReply(
            pb.StopReplyRequest(name=name, last_seen_seq=last_seen_seq),
            metadata=self.me,
        )
        return stopped.reply

    async def get(self, name: str) -> message_pb.Message:
        """Return a message."""
        got = await self.messages.GetMessage(
            pb.GetMessageRequest(name=name), metadata=self.me
        )
        return got.message

    async def completed(
        self, parent: str, text: str = "Hi", **more: Any
    ) -> message_pb.Message:
        """Send a message and return the whole reply."""
        events = await everything(self.send(parent, text, **more))
        return events[-1].event.completed.reply

    async def listed(self, parent: str) -> list[message_pb.Message]:
        """Return all messages of a short conversation."""
        page = await self.messages.ListMessages(
            pb.ListMessagesRequest(parent=parent), metadata=self.me
        )
        return list(page.messages)


@pytest.fixture(scope="session")
def identity() -> Identity:
    """Who signs the tokens."""
    return Identity()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A scripted model."""
    async with upstream_serving(Script(tokens=words(20))) as upstream:
        yield upstream


@pytest.fixture
async def llm_address(upstream: Upstream, identity: Identity) -> AsyncIterator[str]:
    """A real llm service that asks the scripted model."""
    async with client_session() as session:
        provider = OpenAiProvider(
            session, url=upstream.url, name="openai", model="scripted"
        )
        async with llm_serving(provider, identity) as address:
            yield address


@pytest.fixture
async def chat_address(
    chat_database: str, redis_url: str, llm_address: str, identity: Identity
) -> AsyncIterator[str]:
    """A real chat service."""
    async with chat_serving(
        chat_database, llm_address, identity, redis_url=redis_url
    ) as address:
        yield address


@pytest.fixture
async def chat(chat_address: str, identity: Identity) -> AsyncIterator[Chat]:
    """chat, for a user who signed up just now."""
    user = uuid4()
    async with channel_to(chat_address) as channel:
        yield Chat(user, bearing(identity.token(user)), channel)


@pytest.fixture
def stranger(chat: Chat, identity: Identity) -> Chat:
    """The same chat, for somebody else."""
    other = uuid4()
    return Chat(other, bearing(identity.token(other)), chat.channel)
