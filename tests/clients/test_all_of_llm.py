"""What the command offers of documents and the rest, against the whole system."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.canaries.secrets import PASSWORD
from tests.clients.shell import Finished, Shell
from tests.doubles.script import Script
from tests.stack import Stack

FACT = "The lighthouse keeper is called Ottoline Grabowski."
# Large enough for several parts, and for one that is searched among many.
TEXT = "\n\n".join([f"Paragraph {n} tells of the sea." for n in range(20_000)] + [FACT])

# What is said when the documents were not searched in time.
TOO_LATE = ("is not available now", "could not be searched")


@pytest.fixture
async def shell(stack: Stack, tmp_path: Path) -> Shell:
    """A shell of somebody who has just signed up, and a model that cites."""
    stack.upstream.rescript(Script(tokens=("It is ", "Ottoline ", "[1].")))
    shell = Shell(home=tmp_path, url=stack.url)
    email = f"{uuid4().hex}@parley.example"
    up = ("login", "--sign-up", "--password-stdin", "--email", email)
    assert (await shell.run(*up, given=PASSWORD)).code == 0
    return shell


async def done(shell: Shell, *arguments: str, given: str = "") -> Finished:
    """Run a command that has to succeed."""
    finished = await shell.run(*arguments, given=given)
    assert finished.code == 0, finished
    return finished


async def searched(shell: Shell, *arguments: str) -> Finished:
    """Run a command that searches; again where a busy machine was not in time."""
    while True:
        finished = await shell.run(*arguments)
        if not any(late in finished.err for late in TOO_LATE):
            assert finished.code == 0, finished
            return finished


async def test_an_answer_rests_on_a_document(shell: Shell) -> None:
    (shell.home / "lights.txt").write_text(TEXT)
    await done(shell, "collections", "create", "Sea")

    upload = ("documents", "upload", "lights.txt", "--collection", "Sea")
    id = (await done(shell, *upload)).out.strip()
    search = ("documents", "search", "lighthouse", "keeper")
    found = await searched(shell, *search)
    asked = ("chat", "--collection", "Sea", "Who is the lighthouse keeper?")
    answered = await searched(shell, *asked)
    shown = await done(shell, "conversations", "show", "--last")
    await done(shell, "documents", "download", id, "-o", "back.txt")
    await done(shell, "documents", "reindex", id)
    await done(shell, "collections", "delete", "Sea", "--yes")
    gone = await searched(shell, *search)

    assert found.out.startswith(f"{id}\tlights.txt")
    assert FACT in found.out
    assert answered.out == "It is Ottoline [1].\n"
    assert "[1] lights.txt" in answered.err
    assert "[1] lights.txt" in shown.err
    assert (shell.home / "back.txt").read_text() == TEXT
    assert gone.out == ""


async def test_what_cannot_be_read_is_explained(shell: Shell) -> None:
    (shell.home / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (shell.home / "empty.txt").touch()

    broken = await shell.run("documents", "upload", "broken.pdf")
    empty = await shell.run("documents", "upload", "empty.txt")

    assert (broken.code, empty.code) == (1, 1)
    assert "upload that" in broken.err
    assert (await done(shell, "documents")).out == ""


async def test_prompts_assistants_memories_and_tools_are_kept(shell: Shell) -> None:
    await done(shell, "prompts", "create", "Translate", "Into {{language}}.")
    await done(shell, "prompts", "add", "Translate", "-", given="To {{language}}.")
    await done(shell, "prompts", "weigh", "Translate", "1", "0")
    var = ("--var", "language=German")
    rendered = await done(shell, "prompts", "render", "Translate", *var)
    await done(shell, "assistants", "create", "Clerk", "--instructions", "Be brief.")
    await done(shell, "memories", "add", "I like tea.")
    await done(shell, "tools", "enable", "calculator")
    asked = ("--assistant", "Clerk", "--prompt", "Translate", "--tool", "calculator")
    answered = await done(shell, "chat", *asked, *var, "Hi")

    tools = await done(shell, "tools")
    models = await done(shell, "models")
    unspoken = await shell.run("say", "Hi", "-o", "a.mp3")
    undrawn = await shell.run("draw", "A house", "-o", "a.png")
    await done(shell, "erase-data", "--yes")

    assert rendered.out == "To German.\n"
    assert answered.out == "It is Ottoline [1].\n"
    assert "calculator\tenabled" in tools.out
    assert models.out
    for refused in (unspoken, undrawn):
        assert refused.code == 1
        assert refused.err.endswith("Whoever runs Parley can configure it.\n")
    for listed in ("prompts", "assistants", "memories"):
        assert (await done(shell, listed)).out == ""
