"""Zip archives that are broken or hostile."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator

import pytest

from services.chat.transfer.files import File
from services.chat.transfer.model import CHUNK, ImportName
from services.chat.transfer.store import PostgresImports
from services.kit.postgres import Database
from tests.chat.exports.transferring import Transfer, sample, transferring
from tests.identity import Identity

DAMAGED = (False, "The zip archive is damaged or cut off.")


@pytest.fixture
async def transfer(chat_database: str, identity: Identity) -> AsyncIterator[Transfer]:
    async with transferring(chat_database, identity) as transfer:
        yield transfer


def archive(
    data: bytes, *, name: str = "conversations.json", method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr(name, data)
    return file.getvalue()


def patched(file: bytes, signature: bytes, place: int, value: bytes) -> bytes:
    """Change a field behind a signature."""
    at = file.rindex(signature) + place
    return file[:at] + value + file[at + len(value) :]


def deflated(packed: bytes, data: bytes, *names: str) -> bytes:
    """Make an archive of one deflated file, which the directory names so often."""
    sizes = zlib.crc32(data), len(packed), len(data)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, 0, 0)
    directory = b"".join(
        struct.pack("<4s6H3L", b"PK\1\2", 20, 20, 0, 8, 0, 0, *sizes)
        + struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, 0)
        + name.encode()
        for name in names
    )
    counts = len(names), len(names)
    end = struct.pack(
        "<4s4H2LH",
        *(b"PK\5\6", 0, 0, *counts, len(directory), len(local + packed), 0),
    )
    return local + packed + directory + end


def raw(data: bytes) -> bytes:
    """Deflate data, without anything around it."""
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(data) + packing.flush()


async def stored(transfer: Transfer) -> int:
    """Count the conversations."""
    return len(await transfer.exported())


@pytest.mark.parametrize("kept", [4, 30, 200, -30, -10, -1])
async def test_a_cut_archive_brings_nothing(transfer: Transfer, kept: int):
    file = archive(sample("claude.json"))

    imported = await transfer.imported(file[:kept])

    assert imported.done == DAMAGED
    assert await stored(transfer) == 0


async def test_an_empty_archive_and_one_of_other_things_say_so(transfer: Transfer):
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    nested = archive(archive(sample("claude.json")), name="inner.zip")

    assert (await transfer.imported(empty.getvalue())).done == (
        False,
        "The zip archive is empty.",
    )
    assert (await transfer.imported(nested)).done == (
        False,
        "The zip archive holds no conversations.json.",
    )


@pytest.mark.asvs("5.2.3")
async def test_a_bomb_is_given_up_before_it_is_unpacked(transfer: Transfer):
    bomb = archive(b"[" + b" " * 200_000_000)
    assert len(bomb) < 300_000

    imported = await transfer.imported(bomb)

    assert imported.done == (False, "The zip archive unpacks to more than may be.")


async def test_files_that_lie_on_one_another_are_refused(transfer: Transfer):
    data = sample("claude.json")
    names = [f"conversations-{number:03}.json" for number in range(1_000)]

    imported = await transfer.imported(deflated(raw(data), data, *names))

    assert imported.done == (False, "The files in the zip archive overlap.")


async def test_others_have_their_turn_while_nothing_comes_of_what_is_read(
    transfer: Transfer,
):
    data = sample("claude.json")
    nothing = b"\0\0\0\xff\xff" * 100_000  # so many empty blocks
    file = deflated(nothing + raw(data), data, "conversations.json")
    name = await transfer.uploaded(file)

    async with Database.connect(transfer.database_url) as database:
        read = File(PostgresImports(database), ImportName.parse(name), len(file))
        slices = [each async for each in read.slices()]
    imported = [step async for step in transfer.run(name)]

    assert len(slices) > len(nothing) // CHUNK
    assert b"".join(each.data for each in slices) == data
    assert imported[-1].done.complete


async def test_an_encrypted_archive_is_refused(transfer: Transfer):
    file = patched(archive(b"[]"), b"PK\x01\x02", 8, b"\x01\x00")

    imported = await transfer.imported(file)

    assert imported.done == (False, "The zip archive is encrypted.")


async def test_a_method_that_is_not_known_is_refused(transfer: Transfer):
    imported = await transfer.imported(archive(b"[]", method=zipfile.ZIP_LZMA))

    assert imported.done == (
        False,
        "The zip archive is packed by a method not known here.",
    )


async def test_sizes_that_lie_change_nothing_or_are_found_out(transfer: Transfer):
    file = archive(sample("claude.json"))

    unpacked = patched(file, b"PK\x01\x02", 24, struct.pack("<L", 1))
    packed_less = patched(file, b"PK\x01\x02", 20, struct.pack("<L", 100))
    packed_more = patched(file, b"PK\x01\x02", 20, struct.pack("<L", 2**31))
    header = patched(file, b"PK\x01\x02", 42, struct.pack("<L", 2**31))

    assert (await transfer.imported(packed_less)).done == DAMAGED
    assert (await transfer.imported(packed_more)).done == DAMAGED
    assert (await transfer.imported(header)).done == DAMAGED
    assert await stored(transfer) == 0
    assert (await transfer.imported(unpacked)).done == (True, "")


async def test_a_wrong_checksum_is_said_after_what_was_whole(transfer: Transfer):
    file = patched(archive(sample("claude.json")), b"PK\x01\x02", 16, b"\0\0\0\0")

    imported = await transfer.imported(file)

    assert imported.done == DAMAGED
    assert imported.counts == (2, 6)


@pytest.mark.asvs("5.2.3")
async def test_a_directory_that_is_too_large_is_refused(transfer: Transfer):
    entry = struct.pack("<4s42s", b"PK\x01\x02", b"")
    directory = entry * (9 * 1024 * 1024 // len(entry))
    end = struct.pack(
        "<4s4HLLH", b"PK\x05\x06", 0, 0, 65535, 65535, len(directory), 4, 0
    )

    imported = await transfer.imported(b"PK\x03\x04" + directory + end)

    assert imported.done == (False, "The zip archive holds too many files.")


async def test_an_archive_with_any_bytes_changed_is_read_or_refused(transfer: Transfer):
    chance = random.Random(1)  # noqa: S311 - which bytes is no secret
    whole = archive(sample("chatgpt.json") + b" " * 2000)
    came = 0
    for _ in range(40):
        file = bytearray(whole)
        for _ in range(3):
            file[chance.randrange(4, len(file))] = chance.randrange(256)

        imported = await transfer.imported(bytes(file))

        complete, problem = imported.done
        assert complete == (not problem)
        came += imported.counts[0]
    assert came == await stored(transfer)
