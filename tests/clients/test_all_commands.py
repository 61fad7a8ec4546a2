"""The commands that keep conversations, in pipes, against the whole system."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.canaries.secrets import PASSWORD
from tests.clients.shell import Finished, Shell
from tests.doubles.script import Script, words
from tests.stack import Stack

SCRIPT = Script(tokens=words(20))
ENTER = "\r"
CTRL_D = "\x04"


@pytest.fixture
async def shell(stack: Stack, tmp_path: Path) -> Shell:
    """A shell of somebody who has just signed up, and a model that answers."""
    stack.upstream.rescript(SCRIPT)
    shell = Shell(home=tmp_path, url=stack.url)
    email = f"{uuid4().hex}@parley.example"
    up = ("login", "--sign-up", "--password-stdin", "--email", email)
    assert (await shell.run(*up, given=PASSWORD)).code == 0
    return shell


async def done(shell: Shell, *arguments: str) -> Finished:
    """Run a command that has to succeed."""
    finished = await shell.run(*arguments)
    assert finished.code == 0, finished
    return finished


async def ids(shell: Shell, *arguments: str) -> list[str]:
    """Return the ids that a list shows."""
    listed = await done(shell, *arguments)
    return [line.split("\t")[0] for line in listed.out.splitlines()]


async def test_conversations_are_kept_in_order(shell: Shell) -> None:
    await done(shell, "chat", "Hello")
    (id,) = await ids(shell, "conversations")
    conversations = "conversations"

    await done(shell, conversations, "rename", id, "Of", "aardvarks")
    await done(shell, conversations, "tag", id, "one", "two")
    untagged = await done(shell, conversations, "tag", id, "--remove", "ONE")
    await done(shell, "folders", "create", "Work")
    await done(shell, "folders", "rename", "Work", "Play")
    await done(shell, conversations, "move", id, "Play")
    await done(shell, conversations, "pin", id)
    for filters in (["--pinned"], ["--folder", "Play"], ["--tag", "two"], []):
        assert await ids(shell, conversations, "list", *filters) == [id]
    renamed = await done(shell, conversations, "list")
    await done(shell, conversations, "archive", id)
    assert await ids(shell, conversations, "list") == []
    assert await ids(shell, conversations, "list", "--archived") == [id]
    await done(shell, conversations, "archive", id, "--off")
    await done(shell, conversations, "move", id, "--out")
    await done(shell, conversations, "pin", id, "--off")
    deleted = await done(shell, conversations, "delete", id)
    assert await ids(shell, conversations, "list", "--deleted") == [id]
    await done(shell, conversations, "undelete", id)
    assert await ids(shell, conversations, "list") == [id]
    await done(shell, "folders", "delete", "Play")
    missing = await shell.run(conversations, "move", id, "Play")

    assert renamed.out.endswith("\tOf aardvarks\n")
    assert untagged.err == "Tags: two\n"
    assert f"parley conversations undelete {id}" in deleted.err
    assert missing.code == 2
    assert "parley folders" in missing.err
    assert (await done(shell, "folders")).out == ""


async def test_what_was_said_is_found_shared_and_counted(shell: Shell) -> None:
    await done(shell, "chat", "Where are the aardvarks?")
    (id,) = await ids(shell, "conversations")

    found = await done(shell, "search", "aardvark")
    nothing = await done(shell, "search", "--", "aardvark", "-where")
    made = await done(shell, "share", "create", "--last", "--days", "7")
    listed = await done(shell, "share", "list")
    share, until, _, link = listed.out.rstrip("\n").split("\t")
    await done(shell, "share", "revoke", share)
    usage = await done(shell, "usage")
    charges = await done(shell, "usage", "--charges")

    assert found.out.startswith(f"{id}\t")
    assert "Where are the aardvarks?" in found.out
    assert (nothing.out, nothing.err) == ("", "Nothing found. Fewer words find more.\n")
    assert made.out == f"{link}\n"
    assert link.startswith(f"{shell.url}/shared#")
    assert until != "for ever"
    assert await ids(shell, "share", "list") == []
    assert {line.split("\t")[1] for line in usage.out.splitlines()} == {
        "tokens",
        "cost",
    }
    assert charges.out.count("\n") == 1


async def test_what_is_exported_is_imported(shell: Shell) -> None:
    await done(shell, "chat", "Keep this")
    file = shell.home / "parley.json"

    await done(shell, "export", "-o", str(file))
    piped = await done(shell, "export", "--format", "markdown")
    imported = await done(shell, "import", str(file))
    broken = shell.home / "broken.json"
    broken.write_text("[1, 2")
    refused = await shell.run("import", str(broken))
    empty = shell.home / "empty.json"
    empty.touch()
    nothing = await shell.run("import", str(empty))
    nowhere = await shell.run("export", "-o", str(shell.home / "no/parley.json"))

    assert len(json.loads(file.read_bytes())["conversations"]) == 1
    assert "Keep this" in piped.out
    assert imported.err == ("Imported 1 conversations with 2 messages; skipped 0.\n")
    assert len(await ids(shell, "conversations")) == 2
    assert refused.code == 1
    assert (nothing.code, "is empty" in nothing.err) == (2, True)
    assert (nowhere.code, "there is no folder" in nowhere.err) == (2, True)
    assert len(await ids(shell, "conversations")) == 2
    assert not list(shell.home.glob("*.part"))


async def test_data_are_erased_when_somebody_is_sure(shell: Shell) -> None:
    await done(shell, "chat", "Forget this")

    unsure = await shell.run("erase-data")
    async with shell.terminal("erase-data") as terminal:
        await terminal.sees("for good? [y/N]")
        terminal.type(f"n{ENTER}")
        assert await terminal.ended() == 1
    kept = await ids(shell, "conversations")
    erased = await done(shell, "erase-data", "--yes")

    assert unsure.code == 2
    assert "--yes" in unsure.err
    assert len(kept) == 1
    assert "everything will be gone by" in erased.err
    assert await ids(shell, "conversations") == []
    assert (await done(shell, "whoami")).out


async def test_changes_are_lines_of_json(shell: Shell) -> None:
    async with shell.terminal("watch") as terminal:
        await terminal.sees('"cursor"')
        await done(shell, "chat", "Hi")
        await terminal.sees("replyEnded")
        terminal.type("\x03")
        assert await terminal.ended() == 130

    first = terminal.shown.splitlines()[0]
    assert list(json.loads(first)) == ["cursor"]
    assert "Traceback" not in terminal.shown


async def test_several_models_answer_side_by_side(shell: Shell) -> None:
    answered = await done(shell, "chat", "--also", "other", "Hi")

    assert answered.out == f"{SCRIPT.text}\n" * 2
    assert "other:" in answered.err


async def test_a_dialogue_branches(stack: Stack, shell: Shell) -> None:
    async with shell.terminal("chat") as terminal:

        async def enter(line: str, sees: str) -> None:
            await terminal.sees("> ")
            terminal.type(line + ENTER)
            await terminal.sees(sees)

        await enter("First question", SCRIPT.tokens[19].strip())
        await enter("/regenerate", SCRIPT.tokens[19].strip())
        await enter("/edit Second question", SCRIPT.tokens[19].strip())
        await enter("/continue", "The answer is whole")
        await enter("/rate good so clear", "Rated good.")
        await enter("/branches", "/branch N shows another one.")
        await enter("/branch 1", "2 other branches")
        await enter("/branch 9", "There is no branch 9")
        await enter("/model other", "other answers.")
        await enter("/temporary", "A temporary conversation.")
        await enter("Third question", SCRIPT.tokens[19].strip())
        await terminal.sees("> ")
        terminal.type(CTRL_D)
        assert await terminal.ended() == 0

    shown = await done(shell, "conversations", "show", "--last")
    every = await done(shell, "conversations", "show", "--last", "--all")

    assert len(await ids(shell, "conversations")) == 1
    assert "First question" in shown.out
    assert "Second question" not in shown.out
    assert "Second question" in every.out
