"""`parley admin …`, against a real auth behind a real edge."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.envoy.render import Edge
from tests.auth.serving import auth_serving
from tests.clients.shell import Finished, Shell
from tests.conftest import MakeDatabase
from tests.edge.envoy_process import running
from tests.identity import Identity

PASSWORD = "correct horse battery"
NOWHERE = "127.0.0.1:9"


@pytest.fixture
async def url(
    make_database: MakeDatabase, redis_url: str, tmp_path: Path
) -> AsyncIterator[str]:
    """An installation that nobody is in yet."""
    async with auth_serving(make_database("auth"), redis_url, Identity()) as address:
        edge = Edge(auth=(address,), chat=(NOWHERE,), llm=(NOWHERE,), web=NOWHERE)
        async with running(edge, tmp_path) as envoy:
            await envoy.until_keys()
            yield envoy.url


def at(home: Path, url: str) -> Shell:
    """A shell with a home of its own."""
    home.mkdir()
    return Shell(home=home, url=url)


async def signed_up(url: str, home: Path, email: str, *more: str) -> Shell:
    shell = at(home, url)
    up = ("login", "--sign-up", "--password-stdin", "--email", email, *more)
    finished = await shell.run(*up, given=PASSWORD)
    assert finished.code == 0, finished
    return shell


async def done(shell: Shell, *arguments: str) -> list[list[str]]:
    """Run a command that has to succeed; return the cells it shows."""
    finished = await shell.run("admin", *arguments)
    assert finished.code == 0, finished
    return [line.split("\t") for line in finished.out.splitlines()]


async def refused(shell: Shell, *arguments: str) -> Finished:
    finished = await shell.run("admin", *arguments)
    assert finished.code == 1, finished
    assert len(finished.err.splitlines()) == 1
    return finished


async def test_an_owner_invites_groups_and_manages_people(url: str, tmp_path: Path):
    ada = await signed_up(url, tmp_path / "ada", "ada@example.com")
    await done(ada, "groups", "create", "Sales")
    await done(ada, "roles", "create", "auditor", "chat", "audit_read")
    await done(ada, "policy", "set", "--sign-up", "invitation")

    ((token,),) = await done(
        ada, "invitations", "create", "bo@example.com", "--group", "sales"
    )
    bo = await signed_up(url, tmp_path / "bo", "bo@example.com", "--invitation", token)
    ((bo_id,),) = await done(ada, "groups", "members", "Sales")
    await done(ada, "users", "set-role", "bo@example.com", "auditor")
    shown = {row[0]: row[1] for row in await done(ada, "users", "show", bo_id)}
    listed = await done(ada, "users", "--email", "BO@")
    roles = [row[0] for row in await done(ada, "roles")]

    assert shown["role"] == "auditor"
    assert shown["may"] == "chat audit_read"
    assert [row[:3] for row in listed] == [[bo_id, "bo@example.com", "auditor"]]
    assert roles == ["owner", "admin", "member", "guest", "auditor"]
    assert "does not allow this" in (await refused(bo, "users")).err
    await done(ada, "users", "disable", "bo@example.com")
    assert (await done(ada, "users", "--disabled"))[0][0] == bo_id
    await done(ada, "users", "delete", "bo@example.com", "--yes")
    assert [row[1] for row in await done(ada, "users")] == ["ada@example.com"]


async def test_a_group_that_is_called_like_anothers_id_is_not_taken_for_it(
    url: str, tmp_path: Path
):
    ada = await signed_up(url, tmp_path / "ada", "ada@example.com")
    await done(ada, "groups", "create", "Sales")
    ((id, *_),) = await done(ada, "groups")
    await done(ada, "groups", "create", id)

    await done(ada, "groups", "delete", id)

    assert [row[1] for row in await done(ada, "groups")] == [id]


async def test_what_cannot_be_is_said_in_a_line(url: str, tmp_path: Path):
    ada = await signed_up(url, tmp_path / "ada", "ada@example.com")
    await signed_up(url, tmp_path / "bo", "bo@example.com")

    last = await refused(ada, "users", "disable", "ada@example.com")
    unknown = await ada.run("admin", "users", "show", "nobody@example.com")
    permission = await ada.run("admin", "roles", "create", "x", "everything")
    nothing = await ada.run("admin", "policy", "set")
    invitation = ("admin", "invitations", "create", "bo@b.org", "--domain", "b.org")
    both = await ada.run(*invitation)

    assert both.code == 2
    assert "One owner there has to be" in last.err
    assert (unknown.code, permission.code, nothing.code) == (2, 2, 2)
    assert "is none of account" in " ".join(permission.err.split())
