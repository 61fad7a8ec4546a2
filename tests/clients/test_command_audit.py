"""`parley admin audit`, in pipes, against the whole system."""

import json
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from deploy.local import postgres
from deploy.local.state import State
from tests.canaries.secrets import PASSWORD
from tests.clients.shell import Finished, Shell
from tests.stack import Stack

AUDIT = ("admin", "audit")


@pytest.fixture
async def shell(stack: Stack, tmp_path: Path) -> Shell:
    """A shell of somebody who has just signed up, and was not the first."""
    await signed_up(Shell(home=tmp_path / "first", url=stack.url))
    return await signed_up(Shell(home=tmp_path / "second", url=stack.url))


async def signed_up(shell: Shell) -> Shell:
    """Sign somebody up."""
    shell.home.mkdir()
    email = f"{uuid4().hex}@example.com"
    up = ("login", "--sign-up", "--password-stdin", "--email", email)
    assert (await shell.run(*up, given=PASSWORD)).code == 0
    return shell


async def promoted(stack: Stack, shell: Shell) -> str:
    """Make an owner of who is signed in, and sign in again; return their name."""
    user = (await done(shell, "whoami", "--id")).out.strip()
    email = (await done(shell, "whoami")).out.split()[0]
    state = State.of(stack.environment)
    sockets = postgres.folders(state)[1]
    password = state.secret("postgres-auth").read_text()
    with psycopg.connect(postgres.url(sockets, "auth", password)) as connection:
        connection.execute("UPDATE users SET role = 'owner' WHERE id = %s", [user])
    again = ("login", "--email", email, "--password-stdin")
    assert (await shell.run(*again, given=PASSWORD)).code == 0
    return f"users/{user}"


async def done(shell: Shell, *arguments: str) -> Finished:
    """Run a command that has to succeed."""
    finished = await shell.run(*arguments)
    assert finished.code == 0, finished
    return finished


async def test_everybody_sees_what_is_about_them_and_nothing_else(shell: Shell):
    mine = await done(shell, *AUDIT, "list", "--mine")
    users = await done(shell, *AUDIT, "list", "--mine", "--action", "user")
    failed = await done(shell, *AUDIT, "list", "--mine", "--outcome", "failure")
    both = await shell.run(*AUDIT, "list", "--mine", "--user", str(uuid4()))
    others = await shell.run(*AUDIT, "list")
    verified = await shell.run(*AUDIT, "verify")

    rows = [line.split("\t") for line in mine.out.splitlines()]
    assert [row[2:4] for row in rows] == [
        ["session.create", "success"],
        ["user.create", "success"],
    ]
    assert rows[0][6].startswith("127.0.0.1 ")
    assert users.out.splitlines() == mine.out.splitlines()[1:]
    assert failed.out == ""
    assert both.code == 2
    assert (others.code, verified.code) == (1, 1)


async def test_the_log_is_listed_verified_exported_and_verified_elsewhere(
    stack: Stack, shell: Shell
):
    user = await promoted(stack, shell)
    keys = stack.state / "secrets/audit-keys.json"

    listed = await done(shell, *AUDIT, "list", "--user", user, "--action", "session")
    verified = await done(shell, *AUDIT, "verify")
    expected = await done(shell, *AUDIT, "verify", "--expect", verified.out.strip())
    index = verified.out.partition(":")[0]
    back = await shell.run(*AUDIT, "verify", "--expect", f"{index}:{'00' * 32}")
    exported = await done(shell, *AUDIT, "export", "-o", "audit.jsonl")
    offline = await done(
        shell, *AUDIT, "verify", "--file", "audit.jsonl", "--key", str(keys)
    )
    more = await done(shell, *AUDIT, "export", "--after", index)

    assert [line.split("\t")[2:5] for line in listed.out.splitlines()] == [
        ["session.create", "success", user],
        ["session.delete", "success", user],
        ["session.create", "success", user],
    ]
    assert "events are as they were written" in expected.err
    assert back.code == 1
    assert f"no. {index}: the log goes another way" in back.err
    assert exported.err.endswith(" events to audit.jsonl.\n")
    assert "events are as they were written" in offline.err
    lines = list(map(json.loads, (shell.home / "audit.jsonl").read_text().splitlines()))
    assert lines[0]["type"] == "begin"
    assert lines[-1]["type"] == "head"
    assert offline.out.strip() == f"{lines[-1]['index']}:{lines[-1]['hash']}"
    assert json.loads(more.out.splitlines()[0])["base"]["index"] == int(index)


async def test_wrong_usage_is_explained(shell: Shell):
    outcome = await shell.run(*AUDIT, "list", "--outcome", "good")
    key = await shell.run(*AUDIT, "verify", "--key", str(Path(__file__)))
    help = await shell.run(*AUDIT, "--help")

    assert (outcome.code, key.code) == (2, 2)
    assert "success, failure or denied" in outcome.err
    assert "parley admin audit verify" in help.out
