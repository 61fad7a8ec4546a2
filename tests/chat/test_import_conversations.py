"""Bringing conversations in: Parley's own file, ChatGPT's and Claude's."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.chat.exports.transferring import Transfer, sample, transferring
from tests.identity import Identity

IDS = {"id", "parent", "current_message"}


@pytest.fixture
async def transfer(chat_database: str, identity: Identity) -> AsyncIterator[Transfer]:
    async with transferring(chat_database, identity) as transfer:
        yield transfer


def without_ids(conversation: dict[str, Any]) -> dict[str, Any]:
    """Replace ids by the places of what they name."""
    places: dict[str | None, int | None] = {None: None}
    places |= {
        message["id"]: place for place, message in enumerate(conversation["messages"])
    }
    return {
        **{key: value for key, value in conversation.items() if key not in IDS},
        "current": places[conversation["current_message"]],
        "messages": [
            {
                **{key: value for key, value in message.items() if key not in IDS},
                "parent": places[message["parent"]],
            }
            for message in conversation["messages"]
        ],
    }


def zipped(name: str, data: bytes, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("chat.html", "<p>hello</p>" * 100)
        archive.writestr(name, data)
        archive.writestr("user.json", "{}")
    return file.getvalue()


def turns(conversation: dict[str, Any]) -> list[tuple[int | None, str, str, str]]:
    """Return where each message belongs, who said it, what, and the model."""
    return [
        (each["parent"], each["role"], each["text"], each.get("model", ""))
        for each in without_ids(conversation)["messages"]
    ]


async def test_what_is_exported_is_imported_exactly(transfer: Transfer):
    imported = await transfer.imported(sample("parley.json"))
    exported = await transfer.exported()

    assert imported.done == (True, "")
    assert imported.skipped == []
    assert imported.counts == (2, 5)
    original = json.loads(sample("parley.json"))["conversations"]
    assert [json.loads(canonical(without_ids(each))) for each in exported] == [
        json.loads(canonical(without_ids(each))) for each in original
    ]


def canonical(value: object) -> str:
    """Write moments in one way."""
    return json.dumps(value).replace(".5Z", ".500000Z").replace(".6Z", ".600000Z")


async def test_an_export_of_an_import_is_the_export(transfer: Transfer):
    await transfer.imported(sample("parley.json"))
    first = b"".join([each.chunk async for each in transfer.export()])
    await transfer.rows("DELETE FROM conversations WHERE user_id = %(user)s")

    await transfer.imported(first)
    second = b"".join([each.chunk async for each in transfer.export()])

    before, after = (
        [without_ids(each) for each in json.loads(file)["conversations"]]
        for file in (first, second)
    )
    assert before == after
    assert first != second  # the ids are new


async def test_chatgpts_branches_come_and_what_was_never_shown_stays_away(
    transfer: Transfer,
):
    imported = await transfer.imported(sample("chatgpt.json"))
    moons, colour = await transfer.exported()

    assert imported.done == (True, "")
    assert imported.counts == (2, 7)
    assert moons["title"] == "Moons"
    assert moons["archived"] is True
    assert moons["create_time"] == "2023-11-14T22:13:20.100000Z"
    assert turns(moons) == [
        (None, "user", "How far is the moon?", ""),
        (0, "assistant", "About 384,400 km.", "gpt-4o"),
        (0, "assistant", "Let me look that up.", "gpt-4o"),
        (2, "assistant", "384,400 km on average.\n\nSee above.", "o3"),
        (3, "user", "And this one?", ""),
        (4, "assistant", "That is Phobos 🚀.", "gpt-4o"),
    ]
    assert without_ids(moons)["current"] == 5
    assert moons["messages"][5]["state"] == "stopped"
    assert colour["title"] == "Name a colour, please"
    assert [(each.index, each.title, each.problem) for each in imported.skipped] == [
        (
            0,
            "Moons",
            "Not as in the file: messages to tools left out (1); messages of tools "
            "left out (1); thoughts of models left out (1); files and pictures left "
            "out (1).",
        ),
        (
            2,
            "Only tools",
            "It has no messages to keep. Not as in the file: messages of tools left "
            "out (1).",
        ),
    ]
    assert imported.last.skipped_count == 2


async def test_claudes_messages_follow_each_other_or_who_they_name(transfer: Transfer):
    imported = await transfer.imported(sample("claude.json"))
    tea, branches = await transfer.exported()

    assert imported.done == (True, "")
    assert tea["title"] == "Tea"
    assert tea["create_time"] == "2024-03-01T10:00:00.123456Z"
    assert turns(tea) == [
        (None, "user", "Which tea has no caffeine?", ""),
        (0, "assistant", "Rooibos.\n\nAnd mint.", ""),
        (1, "user", "Thanks", ""),
    ]
    assert turns(branches) == [
        (None, "user", "One", ""),
        (0, "assistant", "Two", ""),
        (0, "assistant", "Two again", ""),
    ]
    assert branches["title"] == "One"
    assert [each.index for each in imported.skipped] == [0, 2]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("name", ["conversations.json", "export/conversations.json"])
async def test_a_zip_is_read_as_the_file_in_it(
    transfer: Transfer, name: str, method: int
):
    imported = await transfer.imported(
        zipped(name, sample("claude.json"), method=method)
    )

    assert imported.done == (True, "")
    assert imported.counts == (2, 6)
    assert imported.last.read_bytes == imported.last.size_bytes


async def test_a_zip_of_several_files_is_read_in_their_order(transfer: Transfer):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("conversations-001.json", sample("claude.json"))
        archive.writestr("conversations-000.json", sample("chatgpt.json"))

    imported = await transfer.imported(file.getvalue())

    assert imported.done == (True, "")
    assert [each["title"] for each in await transfer.exported()] == [
        "Moons",
        "Name a colour, please",
        "Tea",
        "One",
    ]
    assert [each.index for each in imported.skipped] == [0, 2, 3, 5]


async def test_a_64_bit_zip_written_as_a_stream_is_read(transfer: Transfer):
    class Pipe(io.RawIOBase):
        """Cannot go back, so sizes stand behind the data."""

        data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += data
            return len(data)

    pipe = Pipe()
    with (
        zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("conversations.json", "w", force_zip64=True) as entry,
    ):
        entry.write(sample("claude.json"))

    imported = await transfer.imported(bytes(pipe.data))

    assert imported.done == (True, "")
    assert imported.counts == (2, 6)


async def test_folders_are_found_by_name_or_made(transfer: Transfer):
    await transfer.imported(sample("parley.json"))
    await transfer.imported(sample("parley.json"))

    folders = await transfer.rows(
        "SELECT display_name FROM folders WHERE user_id = %(user)s"
    )
    assert folders == [("Trips",)]
    assert [each["folder"] for each in await transfer.exported()] == [
        "Trips",
        None,
        "Trips",
        None,
    ]


async def test_every_conversation_is_an_event_and_the_end_is_the_last(
    transfer: Transfer,
):
    await transfer.imported(sample("parley.json"))

    events = await transfer.rows(
        "SELECT kind, data FROM events WHERE user_id = %(user)s ORDER BY seq"
    )
    assert events == [
        ("folder_changed", {}),
        ("conversation_created", {}),
        ("conversation_created", {}),
        ("import_completed", {"conversations": 2}),
    ]


async def test_an_imported_reply_is_numbered_as_one_that_was_written(
    transfer: Transfer,
):
    await transfer.imported(sample("parley.json"))

    seqs = await transfer.rows(
        "SELECT text, seq FROM messages WHERE user_id = %(user)s ORDER BY id"
    )
    assert [seq for _, seq in seqs] == [0, 7, 2**20 + 5, 0, 2]


async def test_what_came_with_a_message_stays_its_owners(transfer: Transfer):
    own = f"{transfer.name}/documents/{uuid4()}"
    names = [own, f"users/{uuid4()}/documents/{uuid4()}", own + "/x", 7, own[:-1]]
    names.append(own.rpartition("/")[2])
    message = {"id": "a", "role": "user", "text": "See", "attachments": names}
    conversation = {"title": "T", "messages": [message]}
    file = {"format": "parley", "version": 1, "conversations": [conversation]}

    imported = await transfer.imported(json.dumps(file).encode())
    (exported,) = await transfer.exported()

    assert exported["messages"][0]["attachments"] == [own]
    assert "attachments that are not yours left out (1)" in imported.skipped[0].problem


async def test_what_has_no_room_beside_a_text_is_left_out_and_said_so(
    transfer: Transfer,
):
    citations = [{"number": n, "quote": "x" * 10_000} for n in range(1, 100)]
    message = {"id": "a", "role": "assistant", "text": "See", "citations": citations}
    conversation = {"title": "T", "messages": [message]}
    file = {"format": "parley", "version": 1, "conversations": [conversation]}

    imported = await transfer.imported(json.dumps(file).encode())
    (exported,) = await transfer.exported()

    kept = exported["messages"][0]["citations"]
    assert [each["number"] for each in kept] == [*range(1, len(kept) + 1)]
    assert 50 < len(kept) < 53  # 512 KiB
    assert "no room left out" in imported.skipped[0].problem
