"""An MCP server, by the official SDK, some of whose tools do what no tool should.

In a test: `async with serving() as server: ... server.url`.
As a child over stdio: `python -m tests.doubles.mcp_server`.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolResult,
    ImageContent,
    ListToolsResult,
    TextContent,
    Tool,
)

FLOOD = 50 * 1024 * 1024
ANYTHING: dict[str, Any] = {"type": "object"}
ECHO: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}
EXPONENTIAL: dict[str, Any] = {
    "type": "object",
    "allOf": [{"$ref": "#/$defs/d0"}],
    "$defs": {
        **{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)},
        "d30": {"type": "object"},
    },
}
TOOLS = (
    Tool(name="echo", title="Echo it", description="Says it again.", input_schema=ECHO),
    Tool(name="environment", description="Tells its variables.", input_schema=ANYTHING),
    Tool(name="fail", description="Fails.", input_schema=ANYTHING),
    Tool(name="hang", description="Never answers.", input_schema=ANYTHING),
    Tool(name="flood", description="Answers 50 MB.", input_schema=ANYTHING),
    Tool(
        name="lie",
        description="Answers something else.",
        input_schema=ANYTHING,
        output_schema={"type": "object", "required": ["n"]},
    ),
    Tool(name="picture", description="Answers a picture.", input_schema=ANYTHING),
    Tool(name="die", description="Ends its server.", input_schema=ANYTHING),
    Tool(name="fork", description="Leaves a child behind.", input_schema=ANYTHING),
    Tool(
        name="odd name/with (all) things",
        description="x\n" * 5_000,
        input_schema=ANYTHING,
    ),
    Tool(
        name="no_schema",
        description="x",
        input_schema={"type": "object", "properties": {"a": {"type": "wrong"}}},
    ),
    Tool(
        name="elsewhere",
        description="x",
        input_schema={
            "type": "object",
            "properties": {"a": {"$ref": "http://127.0.0.1:9/secret.json"}},
        },
    ),
    Tool(
        name="exponential",
        description="x",
        input_schema=EXPONENTIAL,
    ),
    Tool(
        name="costly",
        description="Says by a costly schema what it answers.",
        input_schema=ANYTHING,
        output_schema=EXPONENTIAL,
    ),
    Tool(
        name="endless",
        description="x",
        input_schema={"type": "object", "properties": {"a": {"$ref": "#"}}},
    ),
)


@dataclass
class Double:
    """A server, what it lists, and how often it was called."""

    tools: list[Tool] = field(default_factory=lambda: [*TOOLS])
    calls: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    left: int = 0  # calls that were cancelled
    endless: bool = False  # whether each page of its list is followed by another
    url: str = ""

    def server(self) -> Server[Any]:
        """Make the server."""

        async def list_tools(context: Any, params: Any) -> ListToolsResult:
            cursor = "more" if self.endless else None
            return ListToolsResult(tools=self.tools, next_cursor=cursor)

        async def call_tool(context: Any, params: Any) -> CallToolResult:
            self.calls.append(params.name)
            try:
                return await answer(params.name, params.arguments or {})
            except asyncio.CancelledError:
                self.left += 1
                raise

        return Server("double", on_list_tools=list_tools, on_call_tool=call_tool)


async def answer(name: str, arguments: dict[str, Any]) -> CallToolResult:
    """Do what a tool does."""
    match name:
        case "echo":
            return said(f"{arguments['text']} again")
        case "environment":
            return said(json.dumps(dict(os.environ)))
        case "fail":
            return CallToolResult(
                content=[TextContent(type="text", text="it is broken")], is_error=True
            )
        case "hang":
            await asyncio.Event().wait()
        case "flood":
            return said("x" * FLOOD)
        case "costly":
            return CallToolResult(content=[], structured_content={"m": 1})
        case "lie":
            return CallToolResult(content=[], structured_content={"m": 1})
        case "picture":
            image = ImageContent(type="image", data="aGk=", mime_type="image/png")
            return CallToolResult(content=[image])
        case "die":
            os._exit(1)
        case "fork":
            child = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - returns at once
            return said(str(child.pid))
    return said("done")


def said(text: str) -> CallToolResult:
    """Answer a text."""
    return CallToolResult(content=[TextContent(type="text", text=text)])


class Noting:
    """Keeps the headers of what it is asked."""

    def __init__(self, app: Any, double: Double) -> None:
        self._app = app
        self._double = double

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = {key.decode(): value.decode() for key, value in scope["headers"]}
            self._double.headers.append(headers)
        await self._app(scope, receive, send)


@asynccontextmanager
async def serving(
    double: Double | None = None, *, json_response: bool = False, port: int = 0
) -> AsyncIterator[Double]:
    """Serve over HTTP on a loopback port while the block runs."""
    double = double or Double()
    app = double.server().streamable_http_app(json_response=json_response)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        double.url = f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        server = uvicorn.Server(
            uvicorn.Config(
                Noting(app, double),
                log_config=None,
                timeout_graceful_shutdown=0,
            )
        )
        task = asyncio.create_task(server._serve([listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        try:
            yield double
        finally:
            server.should_exit = True
            await task


async def over_stdio() -> None:
    """Serve whoever started this process."""
    server = Double().server()
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


if __name__ == "__main__":
    if "--noisy" in sys.argv:
        sys.stdout.write("Starting up!\n")
        sys.stdout.flush()
    asyncio.run(over_stdio())
