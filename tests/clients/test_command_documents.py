"""The commands that keep documents and collections, in pipes."""

import re

import pytest

from parley.error.v1.error_reason_pb2 import ErrorReason
from parley.llm.v1.document_pb2 import Document
from tests.clients.conftest import Scripted
from tests.clients.scripted_documents import PASSAGE, TEXT
from tests.clients.scripted_groups import LEGAL, SALES
from tests.clients.shell import Finished, Shell

HOSTILE = "a\x1b]0;owned\x07b\x9b31m [red]c.txt"


async def done(shell: Shell, *arguments: str) -> Finished:
    """Run a command that has to succeed."""
    finished = await shell.run(*arguments)
    assert finished.code == 0, finished
    return finished


async def test_documents_are_uploaded_listed_and_got_back(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "one.txt").write_bytes(b"one")
    (signed_in.home / "two.txt").write_bytes(b"two")

    uploaded = await done(signed_in, "documents", "upload", "one.txt", "two.txt")
    one, two = uploaded.out.split()
    listed = await done(signed_in, "documents")
    shown = await done(signed_in, "documents", "show", "one.txt")
    page = await done(signed_in, "documents", "show", one, "--page", "3")
    refused = await signed_in.run("documents", "download", "one.txt")
    await done(signed_in, "documents", "download", "one.txt", "-o", "back.txt")

    assert [line.split("\t")[0] for line in listed.out.splitlines()] == [two, one]
    assert "\tready\t7\tone.txt\n" in listed.out
    assert f"id\t{one}\n" in shown.out
    assert page.out == f"{TEXT}\n"
    assert (refused.code, "say where to with -o" in refused.err) == (2, True)
    assert (signed_in.home / "back.txt").read_bytes() == b"one"


async def test_an_upload_that_is_cut_goes_on_by_itself(
    scripted: Scripted, signed_in: Shell
) -> None:
    whole = b"x" * 1_000_000
    (signed_in.home / "big.txt").write_bytes(whole)
    scripted.llm.knowledge.cuts.append(300_000)

    uploaded = await done(signed_in, "documents", "upload", "big.txt")

    (file,) = scripted.llm.knowledge.files.values()
    assert bytes(file) == whole
    assert uploaded.err == ""


async def test_a_file_that_cannot_be_read_leaves_nothing_and_hinders_no_other(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "bad.pdf").write_bytes(b"%PDF")
    scripted.llm.knowledge.unreadable = ErrorReason.ERROR_REASON_DOCUMENT_ENCRYPTED

    uploaded = await signed_in.run("documents", "upload", "bad.pdf", "bad.pdf")

    assert (uploaded.code, uploaded.out) == (1, "")
    assert uploaded.err.count("bad.pdf: The file opens with a password only.") == 2
    assert uploaded.err.endswith(" Upload it without one.\n")
    assert scripted.llm.knowledge.documents == {}


async def test_what_is_missing_of_a_document_is_said(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "macro.docx").write_bytes(b"PK")
    scripted.llm.knowledge.flags = [Document.FLAG_ACTIVE_CONTENT]

    uploaded = await done(signed_in, "documents", "upload", "macro.docx")

    assert uploaded.err == "macro.docx held macros, which were left out.\n"


async def test_documents_lie_in_collections(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "one.txt").write_bytes(b"one")
    await done(signed_in, "collections", "create", "Work")
    await done(signed_in, "collections", "rename", "Work", "Play")

    upload = ("documents", "upload", "one.txt", "--collection", "Play")
    id = (await done(signed_in, *upload)).out.strip()
    within = await done(signed_in, "documents", "list", "--collection", "Play")
    await done(signed_in, "documents", "move", "one.txt", "--out")
    without = await done(signed_in, "documents", "list", "--collection", "Play")
    await done(signed_in, "documents", "move", id, "Play")
    await done(signed_in, "documents", "rename", "one.txt", "uno.txt")
    found = await done(signed_in, "documents", "search", "a", "b", "--limit", "3")
    await done(signed_in, "documents", "reindex", "uno.txt")
    await done(signed_in, "documents", "delete", "uno.txt")
    missing = await signed_in.run("documents", "show", "uno.txt")
    gone = await signed_in.run("documents", "show", id)

    assert within.out.startswith(id)
    assert without.out == ""
    assert found.out == f"{id}\tuno.txt, p. 3 · Part \u203a Chapter\t{PASSAGE}\n"
    (searched,) = scripted.llm.knowledge.searched
    assert (searched.query, searched.page_size) == ("a b", 3)
    assert (missing.code, "parley documents" in missing.err) == (2, True)
    assert gone.err == (
        "There is no such document. See what there is: parley documents\n"
    )


async def test_a_collection_is_shared_with_groups_by_their_names(
    scripted: Scripted, signed_in: Shell
) -> None:
    await done(signed_in, "collections", "create", "Work")
    share = ("collections", "share", "Work")

    groups = await done(signed_in, "collections", "groups")
    await done(signed_in, *share, "--group", "Legal")
    both = await done(signed_in, *share, "friend", "--group", SALES)
    kept = await done(signed_in, "collections", "unshare", "Work", "--group", "Legal")
    unknown = await signed_in.run(*share, "--group", "Nobody")
    nobody = await signed_in.run(*share)

    assert groups.out == f"{SALES}\tSales\n{LEGAL}\tLegal\n"
    assert both.err == f"Shared with: group {LEGAL}, friend, group {SALES}\n"
    assert kept.err == f"Shared with: friend, group {SALES}\n"
    (shared,) = scripted.llm.knowledge.collections.values()
    assert list(shared.readers) == ["users/friend", f"groups/{SALES}"]
    assert (unknown.code, "there is no group" in unknown.err) == (2, True)
    assert (nobody.code, "--group GROUP" in nobody.err) == (2, True)


async def test_a_collection_is_shared(scripted: Scripted, signed_in: Shell) -> None:
    await done(signed_in, "collections", "create", "Work", "--description", "All")
    friend = (await done(signed_in, "whoami", "--id")).out.strip()

    shared = await done(signed_in, "collections", "share", "Work", friend, "other")
    kept = await done(signed_in, "collections", "unshare", "Work", "other")
    listed = await done(signed_in, "collections")
    unshared = await done(signed_in, "collections", "unshare", "Work")
    unsure = await signed_in.run("collections", "delete", "Work")
    await done(signed_in, "collections", "delete", "Work", "--yes")

    assert shared.err == f"Shared with: {friend}, other\n"
    assert kept.err == f"Shared with: {friend}\n"
    assert listed.out.endswith("\t0\t1\tWork\n")
    assert unshared.err == "Shared with: nobody\n"
    assert unsure.code == 1
    assert scripted.llm.knowledge.collections == {}


async def test_two_of_one_name_are_told_apart_by_id(signed_in: Shell) -> None:
    (signed_in.home / "one.txt").write_bytes(b"one")
    await done(signed_in, "documents", "upload", "one.txt", "one.txt")

    unclear = await signed_in.run("documents", "delete", "one.txt")

    told = " ".join(re.sub("[│╭╮╰╯─]", "", unclear.err).split())
    assert unclear.code == 2
    assert "2 documents are called 'one.txt'; say which by its id" in told


@pytest.mark.asvs("1.3.3", "5.3.2", "5.4.2")
@pytest.mark.parametrize("command", ["list", "show", "search", "download"])
async def test_a_documents_name_cannot_steer_the_terminal(
    scripted: Scripted, signed_in: Shell, command: str
) -> None:
    (signed_in.home / "one.txt").write_bytes(b"one")
    uploaded = await done(signed_in, "documents", "upload", "one.txt")
    (document,) = scripted.llm.knowledge.documents.values()
    document.display_name = f"../{HOSTILE}"
    which = [] if command == "list" else [uploaded.out.strip()]

    async with signed_in.terminal("documents", command, *which) as terminal:
        assert await terminal.ended() == 0

    assert "\x1b]0;" not in terminal.shown
    assert "\x07" not in terminal.shown
    assert "\x9b" not in terminal.shown
    assert "[red]c.txt" in terminal.shown
    assert not list(signed_in.home.parent.glob("*c.txt"))


async def test_an_upload_is_watched_on_a_terminal(
    scripted: Scripted, signed_in: Shell
) -> None:
    name = "a\x1b]0;owned\x07 [red]b.txt"
    (signed_in.home / name).write_bytes(b"x" * 1_000_000)

    async with signed_in.terminal("documents", "upload", name) as terminal:
        assert await terminal.ended() == 0

    assert "%" in terminal.shown
    assert "a]0;owned [red]b.txt" in terminal.shown
    assert "\x1b]0;" not in terminal.shown
