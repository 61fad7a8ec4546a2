"""How servers are reached: bounded, whatever they send. Imported late, like `mcp`."""

import asyncio
import logging
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
import httpx2
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from services.llm.tools.policy import ServerPolicy

log = logging.getLogger(__name__)

MAX_MESSAGE = 2 * 1024 * 1024  # bytes
END_SECONDS = 1.0  # for a program to end by itself, before it is killed
MINIMAL = ("PATH", "LANG", "LC_ALL", "TZ")  # what nearly every program wants


class TooLarge(httpx2.StreamError):
    """A server sends more than it may."""


class BoundedStream(httpx2.AsyncByteStream):
    """A response of so many bytes at most."""

    def __init__(self, stream: httpx2.AsyncByteStream, maximum: int) -> None:
        self._stream = stream
        self._left = maximum

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise TooLarge("the response is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """
    Reads no response that is larger than a message may be.

    One that is fails when it is read: the SDK then fails the one call that it is for,
    and not the session.
    """

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # What is compressed could be anything.
        request.headers["accept-encoding"] = "identity"
        response = await super().handle_async_request(request)
        kind = response.headers.get("content-type", "")
        encoded = response.headers.get("content-encoding", "identity") != "identity"
        if encoded or not kind.startswith("text/event-stream"):
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            maximum = 0 if encoded else MAX_MESSAGE
            response.stream = BoundedStream(response.stream, maximum)
        return response


@asynccontextmanager
async def over_http(server: ServerPolicy) -> AsyncGenerator[tuple[object, object]]:
    """Reach a server by Streamable HTTP."""
    assert server.url
    timeout = httpx2.Timeout(
        server.connect_seconds, read=max(server.call_seconds, server.connect_seconds)
    )
    async with (
        httpx2.AsyncClient(
            transport=BoundedTransport(),
            headers={name: os.environ[of] for name, of in server.headers.items()},
            timeout=timeout,
            trust_env=False,
        ) as client,
        streamable_http_client(
            server.url, http_client=client, max_sse_event_size=MAX_MESSAGE
        ) as streams,
    ):
        yield streams


@asynccontextmanager
async def over_pipes(server: ServerPolicy) -> AsyncGenerator[tuple[object, object]]:
    """
    Run a server as a child, which ends with the block.

    Not with the SDK's own way, which hands on more of the environment than the file
    names and takes a line of any length.
    """
    process = await asyncio.create_subprocess_exec(
        *server.command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=MAX_MESSAGE,
        cwd=server.folder,
        env={
            name: os.environ[name]
            for name in (*MINIMAL, *server.environment)
            if name in os.environ
        },
        start_new_session=True,  # so that its own children end with it
    )
    try:
        to_session, read = anyio.create_memory_object_stream[
            SessionMessage | Exception
        ](0)
        write, from_session = anyio.create_memory_object_stream[SessionMessage](0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(reading, process, to_session)
            tasks.start_soon(writing, process, from_session, to_session)
            try:
                yield read, write
            finally:
                tasks.cancel_scope.cancel()
                for stream in (to_session, read, write, from_session):
                    stream.close()
    finally:
        await asyncio.shield(asyncio.ensure_future(end(process)))


async def reading(
    process: Process,
    to_session: anyio.abc.ObjectSendStream[SessionMessage | Exception],
) -> None:
    """Hand on each line; end the session at the end, or at one that is too long."""
    assert process.stdout
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        async with to_session:
            while True:
                try:
                    line = await process.stdout.readline()
                except ValueError:
                    log.warning("a server sends more than it may")
                    return
                if not line:
                    return
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    continue  # something that it printed
                await to_session.send(SessionMessage(message))


async def writing(
    process: Process,
    from_session: anyio.abc.ObjectReceiveStream[SessionMessage],
    to_session: anyio.abc.ObjectSendStream[SessionMessage | Exception],
) -> None:
    """Write each message as a line."""
    assert process.stdin
    try:
        async for said in from_session:
            data = said.message.model_dump_json(by_alias=True, exclude_unset=True)
            process.stdin.write(f"{data}\n".encode())
            await process.stdin.drain()
    except OSError:
        await to_session.aclose()


async def end(process: Process) -> None:
    """Let a program end, or end it and what it started."""
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(END_SECONDS):
            # It may be about to say much, and cannot end before that is read.
            while await process.stdout.read(MAX_MESSAGE):
                pass
            await process.wait()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # What it still had to say would keep the pipe open, and `wait` waiting; there is
    # no public way.
    process._transport.close()  # type: ignore[attr-defined]
    await process.wait()
