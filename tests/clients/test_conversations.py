"""Conversations, models and the pages that they come on."""

import pytest

from parley_client import Parley, ParleyError, Role
from tests.clients.conftest import Scripted


async def test_a_list_goes_on_over_all_pages(
    scripted: Scripted, parley: Parley
) -> None:
    made = [await parley.conversations.create(title=f"{n}") for n in range(5)]

    listed = [conversation async for conversation in parley.conversations.list()]

    assert listed == made[::-1]
    assert scripted.auth.calls["ListConversations"] == 3


async def test_a_page_is_not_fetched_before_it_is_needed(
    scripted: Scripted, parley: Parley
) -> None:
    for _ in range(5):
        await parley.conversations.create()

    latest = await anext(parley.conversations.list())

    assert latest == next(iter(scripted.chat.conversations.values()))
    assert scripted.auth.calls["ListConversations"] == 1


async def test_models_are_listed_over_all_pages(parley: Parley) -> None:
    names = [model.name async for model in parley.models()]

    assert names == ["models/first", "models/second", "models/third"]


async def test_a_conversation_goes_by_itself_its_name_and_its_id(
    parley: Parley,
) -> None:
    made = await parley.conversations.create(title="Monads")
    id = made.name.rpartition("/")[2]

    found = [await parley.conversations.get(given) for given in (made, made.name, id)]

    assert found == [made] * 3


async def test_messages_are_listed_over_all_pages(parley: Parley) -> None:
    conversation = await parley.conversations.create()
    for text in ("one", "two"):
        async for _ in parley.send(conversation, text):
            pass

    messages = [
        message async for message in parley.conversations.messages(conversation)
    ]

    assert sorted(m.text for m in messages if m.role == Role.ROLE_USER) == [
        "one",
        "two",
    ]
    assert len(messages) == 4


async def test_a_model_is_asked_by_its_bare_name(
    scripted: Scripted, parley: Parley
) -> None:
    conversation = await parley.conversations.create()

    async for _ in parley.send(conversation, "Hi", model="models/second"):
        pass

    assert scripted.chat.sent[0].model == "second"


async def test_deleting_what_is_not_there_is_an_error_unless_that_is_fine(
    parley: Parley,
) -> None:
    conversation = await parley.conversations.create()
    await parley.conversations.delete(conversation)

    await parley.conversations.delete(conversation, allow_missing=True)
    with pytest.raises(ParleyError, match="no such conversation") as missing:
        await parley.conversations.delete(conversation)

    assert missing.value.reason == "CONVERSATION_NOT_FOUND"
