"""A network that can be cut."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Relay:
    """Passes on what it gets, until it is cut; then new connections pass again."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def to(
        cls, port: int, *, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator["Relay"]:
        """Listen while the block runs; with TLS towards the client if asked for."""
        relay = cls(port)
        server = await asyncio.start_server(relay._connected, "127.0.0.1", 0, ssl=tls)
        async with server:
            scheme = "https" if tls else "http"
            relay.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield relay
            relay.cut()

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, back}
        try:
            await asyncio.gather(copy(reader, back), copy(there, writer))
        finally:
            self._writers -= {writer, back}


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on everything in one direction."""
    try:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
