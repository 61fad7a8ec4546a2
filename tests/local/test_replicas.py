"""Several of each service: what `make up REPLICAS=2` starts, and what it survives."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from deploy.local.state import State
from deploy.local.supervisor import Supervisor
from parley_client import Completed, connect
from services.kit.jwk import read_key_set, read_signing_key, to_jwk
from tests.canaries.secrets import PASSWORD
from tests.stack import Stack, running

PRICES = '{"*": [100, 200]}'


@pytest.fixture(scope="module")
async def two() -> AsyncIterator[Stack]:
    """Two of each service; what a test sets of the rest."""
    async with running(
        REPLICAS="2",
        CHAT_PRICES=PRICES,
        CHAT_LLM_ADDRESS="203.0.113.1:1",
        CHAT_REPLICA_NAME="mine",
    ) as stack:
        yield stack


def pids(stack: Stack) -> dict[str, int]:
    infos = Supervisor(State.of(stack.environment)).info()
    return {info["name"]: info["pid"] for info in infos}


async def parts(stack: Stack) -> list[str]:
    """Read the names of the parts from what `status` prints."""
    lines = (await stack.local("status")).splitlines()[1:]
    return [line.split()[0] for line in lines if line and not line.startswith(" ")]


async def test_there_are_two_of_each_service_and_status_lists_them(two: Stack):
    assert await parts(two) == [
        *("postgres", "redis", "milvus"),
        *("auth-1", "auth-2", "chat-1", "chat-2", "llm-1", "llm-2"),
        *("web", "edge"),
    ]


async def test_settings_reach_a_service_but_for_what_is_decided_here(two: Stack):
    told = [psutil.Process(pids(two)[name]).environ() for name in ("chat-1", "chat-2")]

    assert {said["CHAT_PRICES"] for said in told} == {PRICES}
    assert [said["CHAT_REPLICA_NAME"] for said in told] == ["chat-1", "chat-2"]
    assert {said["CHAT_LLM_ADDRESS"].count("127.0.0.1:") for said in told} == {2}


async def test_llm_is_told_the_key_that_chat_signs_with(two: Stack):
    chat, llm = (
        psutil.Process(pids(two)[name]).environ() for name in ("chat-1", "llm-1")
    )

    key = read_signing_key(Path(chat["CHAT_SIGNING_KEY_FILE"]))
    assert read_key_set(Path(llm["LLM_TRUSTED_KEYS_FILE"])) == [to_jwk(key)]


async def test_nobody_notices_that_one_of_two_is_killed(two: Stack):
    for name in ("auth-1", "llm-2", "chat-1"):
        async with connect(two.url) as parley:
            await parley.sign_up(f"{name}@parley.example", PASSWORD)
            conversation = await parley.conversations.create()

            os.kill(pids(two)[name], signal.SIGKILL)
            events = [event async for event in parley.send(conversation, "Hello")]

            stored = [m async for m in parley.conversations.messages(conversation)]
        assert isinstance(events[-1], Completed)
        assert [message.text for message in stored] == [
            "Hello",
            two.upstream.script.text,
        ]


async def test_fewer_replicas_leave_just_as_many(two: Stack):
    # The last test, which leaves one.
    before = pids(two)
    environment = {**two.environment, "REPLICAS": "1"}
    one = Stack(two.url, two.upstream, two.collector, environment)

    await one.local("up")

    after = pids(one)
    names = ["postgres", "redis", "milvus", "auth", "chat", "llm", "web", "edge"]
    assert await parts(two) == names  # whatever REPLICAS says by now
    assert sorted(after) == sorted(names)
    assert {name for name in names if before.get(name) == after[name]} == {
        *("postgres", "redis", "milvus", "web"),
    }
    assert not any(psutil.pid_exists(before[name]) for name in before.keys() - after)
