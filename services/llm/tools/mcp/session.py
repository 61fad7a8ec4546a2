"""A session with a server, by the official client. Imported late: it takes a second."""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client, MCPError
from mcp_types import CONNECTION_CLOSED, INVALID_REQUEST, REQUEST_TIMEOUT

from services.llm.tools.mcp.transports import over_http, over_pipes
from services.llm.tools.model import CallFailed
from services.llm.tools.policy import ServerPolicy
from services.llm.tools.schemas import problems_of

LOGGERS = ("mcp", "client", "httpx2", "httpcore2")
MAX_PAGES = 10
LOST = frozenset({CONNECTION_CLOSED, INVALID_REQUEST})


class SessionLost(Exception):
    """The server forgot the session, or is gone."""


class Session:
    """A server to which there is a connection."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._outputs: Mapping[str, Mapping[str, Any]] = {}
        # The client would do it with whatever schema a server wrote, however long
        # that takes, and all others would wait.
        client.session.validate_tool_result = self._check  # type: ignore[method-assign]

    async def tools(self) -> list[Any]:
        """List what the server has, a few pages of it."""
        found: list[Any] = []
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            page = await self._client.list_tools(cursor=cursor)
            found += page.tools
            if not (cursor := page.next_cursor):
                break
        return found

    def expect(self, outputs: Mapping[str, Mapping[str, Any]]) -> None:
        """Check what tools answer from now on, by these schemas."""
        self._outputs = outputs

    async def _check(self, name: str, result: Any) -> None:
        schema = self._outputs.get(name)
        if schema is not None and problems_of(result.structured_content, schema):
            raise RuntimeError(f"{name} answered something else")

    async def call(
        self, tool: str, arguments: Mapping[str, object], *, seconds: float
    ) -> str:
        """Call a tool; raises `CallFailed`, or `SessionLost`."""
        try:
            result = await self._client.call_tool(
                tool, dict(arguments), read_timeout_seconds=seconds
            )
        except MCPError as error:
            if error.error.code == REQUEST_TIMEOUT:
                raise CallFailed("The tool did not answer in time.") from error
            if error.error.code in LOST:
                raise SessionLost from error
            raise CallFailed("The tool's server refused the call.") from error
        except (RuntimeError, ValueError) as error:
            raise CallFailed(
                "The tool answered something else than it says that it does."
            ) from error
        text = text_of(result)
        if result.is_error:
            raise CallFailed(text or "The tool failed.")
        return text


def text_of(result: Any) -> str:
    """Return what a tool says, as text."""
    said = []
    for content in result.content:
        if content.type == "text":
            said.append(content.text)
        elif content.type == "resource" and hasattr(content.resource, "text"):
            said.append(content.resource.text)
        else:
            said.append(f"[{content.type}, not shown]")
    if not said and result.structured_content is not None:
        said.append(json.dumps(result.structured_content, ensure_ascii=False))
    return "\n".join(said)


@asynccontextmanager
async def connected(server: ServerPolicy) -> AsyncIterator[Session]:
    """Keep a session open while the block runs."""
    for name in LOGGERS:
        # They log what goes to and fro.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    transport = over_http(server) if server.url else over_pipes(server)
    client = Client(
        transport,  # type: ignore[arg-type]  # whose types are private
        read_timeout_seconds=server.connect_seconds,
        cache=None,
    )
    async with client:
        yield Session(client)
