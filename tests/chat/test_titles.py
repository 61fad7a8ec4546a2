"""Titles that a model finds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from parley.chat.v1 import conversation_service_pb2 as pb
from services.chat.conversations.store import PostgresConversations
from services.chat.conversations.titles import MAX_TITLE, Titler, cleaned
from services.chat.names import ConversationName
from services.kit.postgres import Database
from tests.chat.conftest import Chat
from tests.chat.recorded import recorded


@dataclass
class Model:
    """A model that answers what it is told to, when it is told to."""

    answer: str = "A title"
    asked: list[tuple[UUID, str, str]] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def complete(self, user_id: UUID, *, model: str, prompt: str) -> str:
        self.asked.append((user_id, model, prompt))
        self.was_asked.set()
        await self.may_answer.wait()
        if not self.answer:
            raise ConnectionError
        return self.answer


@pytest.fixture
def model() -> Model:
    model = Model()
    model.may_answer.set()
    return model


@pytest.fixture
async def titler(chat_database: str, model: Model) -> AsyncIterator[Titler]:
    async with (
        Database.connect(chat_database) as database,
        Titler.open(PostgresConversations(database), model) as titler,
    ):
        yield titler


async def create(chat: Chat, **fields: Any) -> ConversationName:
    request = pb.CreateConversationRequest(
        parent=f"users/{chat.user}", conversation=pb.Conversation(**fields)
    )
    created = await chat.conversations.CreateConversation(request, metadata=chat.me)
    return ConversationName.parse(created.conversation.name)


async def title(chat: Chat, name: ConversationName) -> str:
    request = pb.GetConversationRequest(name=str(name))
    found = await chat.conversations.GetConversation(request, metadata=chat.me)
    return found.conversation.title


async def retitle(chat: Chat, name: ConversationName, title: str) -> None:
    request = pb.UpdateConversationRequest(
        conversation=pb.Conversation(name=str(name), title=title)
    )
    await chat.conversations.UpdateConversation(request, metadata=chat.me)


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("chat_titles_total", {"outcome": outcome}) or 0


@pytest.fixture
def happens() -> Callable[[str], Awaitable[None]]:
    """Wait until one more title has come to an end as it says."""
    before = {
        outcome: counted(outcome)
        for outcome in ("stored", "superseded", "unusable", "failed", "unwanted")
    }

    async def happens(outcome: str) -> None:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(AssertionError),
            stop=stop_after_delay(10),
            wait=wait_fixed(0.01),
            reraise=True,
        ):
            with attempt:
                assert counted(outcome) == before[outcome] + 1

    return happens


Happens = Callable[[str], Awaitable[None]]


async def test_a_model_finds_a_title(
    chat: Chat, titler: Titler, model: Model, happens: Happens, chat_database: str
):
    name = await create(chat)

    titler.wanted(name, "large", "How do I bake bread?", "With flour.")
    await happens("stored")

    assert await title(chat, name) == "A title"
    (asked,) = model.asked
    assert asked[:2] == (chat.user, "large")
    assert "How do I bake bread?" in asked[2]
    assert "With flour." in asked[2]
    assert recorded(chat_database, chat.user)[-1] == ("conversation_updated", str(name))


async def test_a_title_that_the_user_gives_meanwhile_stays(
    chat: Chat, titler: Titler, model: Model, happens: Happens, chat_database: str
):
    name = await create(chat)
    model.may_answer.clear()
    titler.wanted(name, "large", "Hello", "Hello")
    await model.was_asked.wait()
    await retitle(chat, name, "Mine")
    model.may_answer.set()
    await happens("superseded")

    assert await title(chat, name) == "Mine"
    assert len(recorded(chat_database, chat.user)) == 2


@pytest.mark.parametrize("fields", [{"title": "Mine"}, {"temporary": True}])
async def test_no_model_is_asked_where_its_title_is_not_wanted(
    chat: Chat, titler: Titler, model: Model, happens: Happens, fields: dict[str, Any]
):
    titler.wanted(await create(chat, **fields), "large", "Hello", "Hello")

    await happens("unwanted")

    assert model.asked == []


async def test_the_offline_model_is_not_asked(
    chat: Chat, titler: Titler, model: Model, happens: Happens
):
    titler.wanted(await create(chat), "offline", "Hello", "Hello")
    titler.wanted(await create(chat), "large", "Hello", "Hello")

    await happens("stored")

    assert [asked[1] for asked in model.asked] == ["large"]


@pytest.mark.parametrize(("answer", "outcome"), [("", "failed"), ("```", "unusable")])
async def test_a_model_that_fails_leaves_the_title_and_the_next_one_is_found(
    chat: Chat,
    titler: Titler,
    model: Model,
    happens: Happens,
    answer: str,
    outcome: str,
):
    name, other = await create(chat), await create(chat)
    model.answer = answer

    titler.wanted(name, "large", "Hello", "Hello")
    await happens(outcome)
    model.answer = "Found"
    titler.wanted(other, "large", "Hello", "Hello")
    await happens("stored")

    assert (await title(chat, name), await title(chat, other)) == ("", "Found")


async def test_asking_never_waits_even_if_too_many_do(model: Model):
    model.may_answer.clear()
    before = counted("dropped")
    titler = Titler(NoConversations(), model)
    name = ConversationName.new(UUID(int=1))

    for _ in range(1_001):
        titler.wanted(name, "large", "Hello", "Hello")

    assert counted("dropped") == before + 1


class NoConversations:
    """Conversations that nobody asks for."""

    async def wants_title(self, name: ConversationName) -> bool:
        raise NotImplementedError

    async def give_title(self, name: ConversationName, title: str) -> bool:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Baking bread", "Baking bread"),
        ('"Baking bread."', "Baking bread"),
        ("\n\n  „Brot backen“  \nAnd more", "Brot backen"),
        ("# **Baking** `bread`", "Baking bread"),
        ("Title: *Baking* bread", "Baking bread"),
        ("- [Baking](https://example.com) bread", "Baking bread"),
        ("1. Baking bread", "Baking bread"),
        ("1984 by Orwell", "1984 by Orwell"),
        ("snake_case in C++", "snake_case in C++"),
        ("Don't panic", "Don't panic"),
        ("<think>Hm.\nLet me see.</think>\nBaking", "Baking"),
        ("<think>never ends", ""),
        ("a\u202eb\0c", "a b c"),
        ("```\n\n```", ""),
        ("", ""),
    ],
)
def test_what_a_model_says_is_made_a_plain_line(answer: str, title: str):
    assert cleaned(answer) == title


def test_a_long_title_is_cut_between_words():
    title = cleaned("word " * 50)

    assert len(title) <= MAX_TITLE
    assert title.endswith("word…")
    assert len(cleaned("x" * 500)) == MAX_TITLE
