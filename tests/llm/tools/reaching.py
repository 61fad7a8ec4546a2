"""Ways to servers of tools, for tests that have time."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

from services.llm.tools.mcp.servers import Servers
from services.llm.tools.model import Call, Tool
from services.llm.tools.policy import ServerPolicy
from tests.doubles.mcp_server import Double
from tests.llm.tools.conftest import patiently

PATIENCE_SECONDS = 60.0
EVERY = {"*": {"approval": "never"}}


def over_http(double: Double, **more: Any) -> ServerPolicy:
    """Allow all tools of a server over HTTP."""
    return ServerPolicy.model_validate(
        {
            "name": "wiki",
            "url": double.url,
            "connect_seconds": PATIENCE_SECONDS,
            "tools": EVERY,
            **more,
        }
    )


def over_pipes(*arguments: str, **more: Any) -> ServerPolicy:
    """Allow all tools of a server that is a child."""
    command = [sys.executable, "-m", "tests.doubles.mcp_server", *arguments]
    return ServerPolicy.model_validate(
        {
            "name": "files",
            "command": command,
            "environment": ["PYTHONPATH"],
            "connect_seconds": PATIENCE_SECONDS,
            "tools": EVERY,
            **more,
        }
    )


def opened(*policies: ServerPolicy) -> AbstractAsyncContextManager[Servers]:
    """Reach servers, patiently: a busy machine takes its time to start one."""
    return Servers.open(policies, first_seconds=PATIENCE_SECONDS)


@asynccontextmanager
async def reached(*policies: ServerPolicy) -> AsyncIterator[dict[str, Tool]]:
    """Return the tools of these servers."""
    async with opened(*policies) as servers:
        yield {tool.name: tool for tool in await servers.tools()}


async def call(tool: Tool, **arguments: object) -> str:
    """Call a tool."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await tool.run(Call(user_id=uuid4(), arguments=arguments))


async def there(servers: Servers, count: int) -> dict[str, Tool]:
    """Wait until there are so many tools."""
    tools: dict[str, Tool] = {}
    async for attempt in patiently():
        with attempt:
            tools = {tool.name: tool for tool in await servers.tools()}
            assert len(tools) == count
    return tools


async def in_the_end(servers: Servers, **arguments: object) -> str:
    """Call until it is answered: a session that broke is begun anew."""
    answer = ""
    async for attempt in patiently():
        with attempt:
            tools = {tool.name[-6:]: tool for tool in await servers.tools()}
            answer = await call(tools["__echo"], **arguments)
    return answer
