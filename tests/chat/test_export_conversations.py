"""Taking conversations out."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parley.chat.v1 import transfer_service_pb2 as pb
from services.chat.transfer.export_store import PostgresExported
from tests.calls import everything, refusal
from tests.chat.exports.transferring import (
    Transfer,
    patiently,
    sample,
    someone,
    transferring,
)
from tests.identity import Identity

TEXTS = [f"{number} " + "é" * 400_000 for number in range(12)]
TEXTS += [str(number) for number in range(1_200)]


@pytest.fixture
async def transfer(chat_database: str, identity: Identity) -> AsyncIterator[Transfer]:
    async with transferring(chat_database, identity) as transfer:
        yield transfer


@pytest.fixture
def stranger(transfer: Transfer, identity: Identity) -> Transfer:
    return someone(transfer.channel, identity, transfer.database_url)


async def names(transfer: Transfer) -> list[str]:
    """Return the names of the conversations, in the order of their ids."""
    rows = await transfer.rows(
        "SELECT id FROM conversations WHERE user_id = %(user)s ORDER BY id"
    )
    return [f"{transfer.name}/conversations/{id}" for (id,) in rows]


async def titles(transfer: Transfer, *selected: str) -> list[str]:
    """Return the titles of what is exported."""
    file = b"".join([each.chunk async for each in transfer.export(*selected)])
    return [each["title"] for each in json.loads(file)["conversations"]]


def conversations(count: int) -> bytes:
    """Write an export with so many conversations."""
    conversation = json.loads(sample("claude.json"))[0]
    return json.dumps(
        [{**conversation, "name": f"Number {number}"} for number in range(count)]
    ).encode()


def long() -> bytes:
    """Write an export with one long conversation."""
    message = {"sender": "human", "created_at": "2024-01-01T00:00:00Z"}
    messages = [{**message, "text": text} for text in TEXTS]
    return json.dumps([{"name": "Long", "chat_messages": messages}]).encode()


async def test_somebody_who_has_nothing_gets_an_empty_file(transfer: Transfer):
    chunks = [each.chunk async for each in transfer.export()]

    assert json.loads(b"".join(chunks)) == {
        "format": "parley",
        "version": 1,
        "conversations": [],
    }


async def test_all_conversations_come_however_many_pages_they_are(transfer: Transfer):
    await transfer.imported(conversations(230))

    assert await titles(transfer) == [f"Number {number}" for number in range(230)]


async def test_a_chunk_is_never_large_and_a_long_conversation_is_whole(
    transfer: Transfer,
):
    assert (await transfer.imported(long())).done == (True, "")

    chunks = [each.chunk async for each in transfer.export()]

    assert max(map(len, chunks)) == 64 * 1024
    assert {len(chunk) for chunk in chunks[:-1]} == {64 * 1024}
    (found,) = json.loads(b"".join(chunks))["conversations"]
    assert [each["text"] for each in found["messages"]] == TEXTS
    assert (await transfer.markdown()).count("## You") == len(TEXTS)


async def test_the_selected_ones_come_in_the_order_asked_for(transfer: Transfer):
    await transfer.imported(conversations(4))
    first, second, _, fourth = await names(transfer)

    assert await titles(transfer, fourth, first, second, first) == [
        "Number 3",
        "Number 0",
        "Number 1",
    ]


async def test_deleted_and_temporary_ones_stay(transfer: Transfer):
    await transfer.imported(conversations(3))
    deleted, _, _ = await names(transfer)
    await transfer.rows(
        "UPDATE conversations SET delete_time = now()"
        " WHERE user_id = %(user)s AND title = 'Number 0'"
    )
    await transfer.rows(
        "UPDATE conversations SET temporary = true"
        " WHERE user_id = %(user)s AND title = 'Number 1'"
    )

    assert await titles(transfer) == ["Number 2"]
    found = await refusal(transfer.export(deleted))
    assert found.reason == "CONVERSATION_NOT_FOUND"
    assert found.code is grpc.StatusCode.NOT_FOUND
    assert found.metadata == {"conversation": deleted}


async def test_a_reply_that_is_being_written_ends_where_it_is(transfer: Transfer):
    await transfer.imported(sample("parley.json"))
    await transfer.rows(
        "UPDATE messages SET state = 'generating', end_time = NULL"
        " WHERE user_id = %(user)s AND text = 'First'"
    )

    first = (await transfer.exported())[0]["messages"][1]

    assert (first["text"], first["state"]) == ("First", "stopped")
    assert first["end_time"] == first["create_time"]


async def test_what_is_wrong_is_refused_before_the_first_chunk(
    transfer: Transfer, stranger: Transfer
):
    await transfer.imported(conversations(1))
    (name,) = await names(transfer)

    assert (await refusal(stranger.export(name))).reason == "INVALID_NAME"
    request = pb.ExportConversationsRequest(parent=transfer.name)
    call = stranger.stub.ExportConversations(request, metadata=stranger.me)
    assert (await refusal(call)).reason == "FORBIDDEN"
    missing = f"{transfer.name}/conversations/{uuid4()}"
    found = await refusal(transfer.export(name, missing))
    assert found.reason == "CONVERSATION_NOT_FOUND"
    assert (await refusal(transfer.export(*[name] * 101))).reason == "INVALID_FIELD"
    unknown = pb.ExportConversationsRequest(parent=transfer.name)
    unknown.format = 9  # type: ignore[assignment]
    call = transfer.stub.ExportConversations(unknown, metadata=transfer.me)
    assert (await refusal(call)).metadata["field"] == "format"


async def test_nobody_gets_what_is_another_users(
    transfer: Transfer, stranger: Transfer
):
    await transfer.imported(conversations(2))

    assert await titles(stranger) == []


async def test_markdown_shows_the_branch_that_is_shown(transfer: Transfer):
    await transfer.imported(sample("parley.json"))

    everything_, empty = (await transfer.markdown()).split("---\n\n")[:2]

    assert everything_ == (
        "# Everything\n\n"
        "2026-05-01 08:00 UTC · Folder: Trips · Tags: Work, ünïcode\n\n"
        "## You, 2026-05-01 08:00\n\n"
        'Hello\n\u0001 🚀 "quoted" \\ ]}{[\n\n'
        "## Assistant (scripted), 2026-05-01 08:01\n\n"
        "Sec\n\n"
        "*Stopped.*\n\n"
    )
    assert empty == "# Untitled\n\n2026-05-03 08:00 UTC\n\n"


async def test_a_title_is_no_markup_in_markdown(transfer: Transfer):
    file = conversations(1).replace(b"Number 0", b"<b> [x](y) *z*")
    await transfer.imported(file)

    assert (await transfer.markdown()).startswith("# \\<b\\> \\[x\\](y) \\*z\\*\n")


@pytest.mark.asvs("1.4.3", "15.2.2")
async def test_the_places_for_exports_are_few_and_given_back(transfer: Transfer):
    await transfer.imported(long())
    held = [transfer.export(), transfer.export()]
    for each in held:
        await each.read()

    found = await refusal(transfer.export())

    assert found.reason == "OVERLOADED"
    assert found.retry_seconds == 5
    for each in held:
        each.cancel()
    async for attempt in patiently():
        with attempt:  # until it is noticed that they are gone
            await everything(transfer.export())


async def test_markdown_names_the_places_that_a_reply_rests_on(transfer: Transfer):
    await transfer.imported(sample("parley.json"))
    await transfer.rows(
        "UPDATE conversations SET current_message_id = ("
        " SELECT id FROM messages WHERE user_id = %(user)s AND text = 'First')"
        " WHERE user_id = %(user)s AND title = 'Everything'"
    )

    shown = await transfer.markdown()

    assert (
        "First\n\n"
        "- \\[1\\] Rivers.pdf, page 31, Part \u203a Chapter\n"
        "- \\[2\\] notes\\_\\*.md\n\n"
    ) in shown


async def test_what_stands_beside_texts_counts_for_a_page(
    transfer: Transfer, monkeypatch: pytest.MonkeyPatch
):
    await transfer.imported(long_beside())
    pages: list[int] = []
    turns = PostgresExported.turns

    async def counted(*args: Any, **named: Any) -> Any:
        page, more = await turns(*args, **named)
        pages.append(sum(turn.size for turn in page))
        return page, more

    monkeypatch.setattr(PostgresExported, "turns", counted)

    (found,) = await transfer.exported()

    assert [len(each["reasoning"]) for each in found["messages"]] == [200_000] * 20
    assert max(pages) < 1024 * 1024 + 250_000


def long_beside() -> bytes:
    """Write an export whose replies say little, after much thought."""
    message = {"role": "assistant", "text": "Yes.", "reasoning": "x" * 200_000}
    messages = [{**message, "id": str(number)} for number in range(20)]
    file = {"format": "parley", "version": 1}
    return json.dumps({**file, "conversations": [{"messages": messages}]}).encode()
