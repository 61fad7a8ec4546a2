"""A way from one part to another that a test can cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Forwarder:
    """Passes on what comes, until it is cut; and again once it is mended."""

    def __init__(self, host: str, port: int) -> None:
        self._to = host, port
        self._whole = True
        self._writers: set[asyncio.StreamWriter] = set()
        self.accepted = 0

    def cut(self) -> None:
        """Break all connections, and let none through."""
        self._whole = False
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take one connection."""
        if not self._whole:
            writer.transport.abort()
            return
        self.accepted += 1
        there, onward = await asyncio.open_connection(*self._to)
        self._writers |= {writer, onward}
        try:
            await asyncio.gather(pump(reader, onward), pump(there, writer))
        finally:
            self._writers -= {writer, onward}
            for each in (writer, onward):
                each.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on one direction until either end is gone."""
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def forwarding(host: str, port: int) -> AsyncIterator[tuple[Forwarder, str]]:
    """Listen while the block runs; yield the way, and where it begins."""
    forwarder = Forwarder(host, port)
    server = await asyncio.start_server(forwarder.serve, "127.0.0.1", 0)
    try:
        yield forwarder, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        forwarder.cut()
        server.close()
