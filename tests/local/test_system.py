"""A system on one machine: what `make up`, `make status` and `make down` do."""

import os
import signal

import pytest

from deploy.local.state import State
from deploy.local.supervisor import EXITED, Supervisor
from parley_client import Completed, connect
from tests.canaries.secrets import KEY
from tests.stack import Stack


def supervisor_of(stack: Stack) -> Supervisor:
    return Supervisor(State.of(stack.environment))


def pid_of(stack: Stack, part: str) -> int:
    infos = supervisor_of(stack).info()
    return next(int(info["pid"]) for info in infos if info["name"] == part)


def deaths_of(stack: Stack, part: str) -> list[str]:
    """Say how a part died, each time."""
    log = (stack.state / "logs/supervisord.log").read_text()
    return [how for name, how in EXITED.findall(log) if name == part]


async def test_a_second_up_restarts_nothing(stack: Stack):
    before = {info["name"]: info["pid"] for info in supervisor_of(stack).info()}

    printed = await stack.local("up")

    assert before == {info["name"]: info["pid"] for info in supervisor_of(stack).info()}
    assert stack.url in printed
    assert "scripted" in printed


@pytest.mark.parametrize(
    "part", ["auth", "chat", "llm", "web", "edge", "redis", "postgres", "milvus"]
)
async def test_a_part_that_is_killed_is_restarted_and_status_says_so(
    stack: Stack, part: str
):
    killed, before = pid_of(stack, part), len(deaths_of(stack, part))

    os.kill(killed, signal.SIGKILL)
    await stack.local("up")  # waits until every part is well, and asks a question

    assert pid_of(stack, part) not in (0, killed)
    lines = (await stack.local("status")).splitlines()
    (line,) = [line for line in lines if line.startswith(f"{part} ")]
    deaths = deaths_of(stack, part)
    # What comes too soon may die again, as of memory that the killed one still has.
    assert deaths[before] == "terminated by SIGKILL"
    assert f"{len(deaths)} ({deaths[-1].removeprefix('terminated by ')})" in line


async def test_what_people_wrote_survives_down_and_up(stack: Stack):
    async with connect(stack.url) as parley:
        await parley.sign_up("keeps@parley.example", "a long enough password")
        conversation = await parley.conversations.create()
        events = [event async for event in parley.send(conversation, "Keep this")]

        await stack.local("down")
        await stack.local("up")

        stored = [m async for m in parley.conversations.messages(conversation)]
    assert isinstance(events[-1], Completed)
    assert [message.text for message in stored] == [
        "Keep this",
        stack.upstream.script.text,
    ]


async def test_down_leaves_no_process_behind(stack: Stack):
    await stack.local("down")

    left = supervisor_of(stack).orphans()

    await stack.local("up")
    assert left == []


async def test_a_system_whose_supervisor_was_killed_comes_up_again(stack: Stack):
    supervisor = supervisor_of(stack).process
    assert supervisor is not None
    parts = supervisor.children(recursive=True)
    supervisor.kill()
    supervisor.wait(10)

    printed = await stack.local("up")

    assert "ended what an earlier start left behind" in printed
    assert [part for part in parts if part.is_running()] == []
    assert supervisor_of(stack).restarts() == {}


@pytest.mark.asvs("13.3.2")
async def test_no_secret_is_readable_by_others(stack: Stack):
    secrets = [
        *(stack.state / "secrets").iterdir(),
        stack.state / "run/supervisord.conf",
    ]

    assert secrets
    assert {file.stat().st_mode & 0o077 for file in secrets} == {0}


@pytest.mark.asvs("16.4.2")
async def test_no_log_is_read_or_changed_by_others(stack: Stack):
    logs = stack.state / "logs"

    assert [*logs.iterdir()]
    assert logs.stat().st_mode & 0o077 == 0


@pytest.mark.asvs("14.2.4", "16.2.5")
async def test_no_log_holds_what_a_user_wrote_or_a_secret(stack: Stack):
    canaries = ("canary-text-7261", "canary-password-7261", "canary-mail-7261")
    text, password, mail = canaries
    async with connect(stack.url) as parley:
        await parley.sign_up(f"{mail}@parley.example", password)
        conversation = await parley.conversations.create(title=text)
        async for _ in parley.send(conversation, text):
            pass
        await parley.delete_account(password)

    logs = {log.name: log.read_text() for log in (stack.state / "logs").iterdir()}
    secrets = [file.read_text() for file in (stack.state / "secrets").iterdir()]

    assert {"auth.log", "chat.log", "llm.log", "edge.log"} <= set(logs)
    for log in logs.values():
        for forbidden in (*canaries, *secrets, "Bearer ", KEY):
            assert forbidden not in log
