"""llm searches what a user said, at chat, for that user and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import grpc
import psycopg
import pytest

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from services.kit.delegation import Delegation
from services.llm.tools.chat import ChatConversations
from services.llm.tools.model import CallFailed
from tests.calls import refusal
from tests.chat.searching import CONVERSATION, SAID, START
from tests.identity import LLM, Identity, bearing
from tests.serving import channel_to, chat_serving


@pytest.fixture(scope="module")
def identity() -> Identity:
    """The keys of auth, chat and llm."""
    return Identity()


@pytest.fixture
def delegation(identity: Identity) -> Delegation:
    """llm, which signs for users."""
    return Delegation(identity.llm_key, LLM)


@pytest.fixture
async def chat(
    chat_database: str, redis_url: str, identity: Identity
) -> AsyncIterator[str]:
    """chat's address."""
    async with chat_serving(
        chat_database, "127.0.0.1:9", identity, redis_url=redis_url
    ) as address:
        yield address


@pytest.fixture
async def conversations(
    chat: str, delegation: Delegation
) -> AsyncIterator[ChatConversations]:
    """chat, as llm reaches it."""
    async with channel_to(chat) as channel:
        yield ChatConversations(channel, delegation)


async def said(database: str, user_id: UUID, text: str) -> None:
    """Store a message of a user."""
    conversation = uuid4()
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute(CONVERSATION, (user_id, conversation))
        values = ("user", text, "completed", "", START, START)
        await connection.execute(SAID, (user_id, conversation, uuid4(), *values))


async def test_a_users_messages_are_found_for_that_user(
    conversations: ChatConversations, chat_database: str
):
    me, other = uuid4(), uuid4()
    await said(chat_database, me, "We fly to Rome in May.")
    await said(chat_database, other, "Rome is not yours.")

    found = await conversations.search(me, "rome", limit=10)

    assert [(each.conversation, each.role, each.time) for each in found] == [
        ("A title", "user", START)
    ]
    assert found[0].text == "We fly to Rome in May."


async def test_a_query_that_is_none_is_the_models_to_mend(
    conversations: ChatConversations,
):
    with pytest.raises(CallFailed, match="1 to 20 words"):
        await conversations.search(uuid4(), "?!", limit=10)


async def test_without_chat_the_call_fails(delegation: Delegation):
    async with channel_to("127.0.0.1:9") as channel:
        client = ChatConversations(channel, delegation)
        with pytest.raises(CallFailed, match="cannot be searched now"):
            await client.search(uuid4(), "rome", limit=10)


async def test_llm_may_search_but_read_nothing_else(chat: str, delegation: Delegation):
    user_id = uuid4()
    async with channel_to(chat) as channel:
        stub: conversations_grpc.ConversationServiceAsyncStub = (
            conversations_grpc.ConversationServiceStub(channel)
        )
        listing = stub.ListConversations(
            conversations_pb.ListConversationsRequest(parent=f"users/{user_id}"),
            metadata=bearing(delegation.token(user_id)),
        )

        refused = await refusal(listing)

    assert refused.code is grpc.StatusCode.PERMISSION_DENIED
    assert refused.reason == "FORBIDDEN"


async def test_chat_takes_no_token_that_is_for_llm(chat: str, identity: Identity):
    user_id = uuid4()
    wrong = Delegation(identity.chat_key, LLM)

    async with channel_to(chat) as channel:
        client = ChatConversations(channel, wrong)
        with pytest.raises(CallFailed, match="cannot be searched now"):
            await client.search(user_id, "rome", limit=10)
