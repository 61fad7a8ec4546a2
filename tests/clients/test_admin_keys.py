"""`parley admin keys`, against the whole system."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.clients.shell import Shell
from tests.stack import Stack, running

PASSWORD = "correct horse battery"
SIGN_UP = ("login", "--sign-up", "--password-stdin", "--email")
KEYS = ("admin", "keys")


@pytest.fixture(scope="module")
async def own() -> AsyncIterator[Stack]:
    """A system whose first user is the test's, and so its owner."""
    async with running() as stack:
        yield stack


@pytest.fixture
async def owner(own: Stack, tmp_path: Path) -> Shell:
    """A shell of who came first."""
    return await signed_up(Shell(home=tmp_path, url=own.url))


async def signed_up(shell: Shell) -> Shell:
    email = f"{uuid4().hex}@example.com"
    assert (await shell.run(*SIGN_UP, email, given=PASSWORD)).code == 0
    return shell


async def states(shell: Shell) -> list[str]:
    listed = await shell.run(*KEYS, "list")
    assert listed.code == 0, listed
    return [line.split("\t")[1] for line in listed.out.splitlines()]


async def test_keys_are_listed_rotated_and_withdrawn_by_who_may(
    own: Stack, owner: Shell, tmp_path_factory: pytest.TempPathFactory
):
    member = Shell(home=tmp_path_factory.mktemp("member"), url=own.url)
    await signed_up(member)

    refused = await member.run(*KEYS, "rotate")
    assert (refused.code, refused.err.count("does not allow")) == (1, 1)
    assert await states(owner) == ["current"]
    assert (await owner.run(*KEYS, "rotate")).code == 0
    assert await states(owner) == ["next", "current"]
    assert (await owner.run(*KEYS, "withdraw", given="n\n")).code == 1
    assert await states(owner) == ["next", "current"]
    withdrawn = await owner.run(*KEYS, "withdraw", "--yes")
    assert (withdrawn.code, withdrawn.out.split("\t")[1]) == (0, "current")
