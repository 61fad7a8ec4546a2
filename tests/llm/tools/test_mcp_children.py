"""MCP servers that are children: what they see, and that they end."""

import asyncio
import json
import os

import pytest

from services.llm.tools.model import CallFailed
from tests.llm.tools.conftest import patiently
from tests.llm.tools.reaching import (
    PATIENCE_SECONDS,
    call,
    in_the_end,
    opened,
    over_pipes,
    reached,
)


async def test_a_child_that_says_nothing_has_no_tools():
    silent = over_pipes(connect_seconds=0.3)
    silent = silent.model_copy(update={"command": ("/bin/sleep", "600")})

    async with asyncio.timeout(PATIENCE_SECONDS / 2), reached(silent) as tools:
        assert tools == {}


async def test_a_child_sees_only_what_the_file_names(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LLM_DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("FILES_ROOT", "/srv")
    policy = over_pipes(environment=["PYTHONPATH", "FILES_ROOT"])

    async with reached(policy) as tools:
        seen = json.loads(await call(tools["files__environment"]))

    assert seen["FILES_ROOT"] == "/srv"
    allowed = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "FILES_ROOT"}
    assert {*seen} <= allowed


async def test_a_child_that_dies_fails_its_calls_and_is_started_again():
    async with opened(over_pipes()) as servers:
        tools = {tool.name: tool for tool in await servers.tools()}
        with pytest.raises(CallFailed, match="went away"):
            await call(tools["files__die"])

        assert await in_the_end(servers, text="new") == "new again"


async def test_a_child_and_its_own_children_end_with_the_service():
    async with reached(over_pipes()) as tools:
        grandchild = int(await call(tools["files__fork"]))
        assert alive(grandchild)

    async for attempt in patiently():
        with attempt:
            assert not alive(grandchild)


async def test_a_program_that_is_not_there_has_no_tools():
    missing = over_pipes()
    missing = missing.model_copy(update={"command": ("/nowhere/mcp",)})

    async with reached(missing) as tools:
        assert tools == {}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
