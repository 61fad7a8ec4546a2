"""A wire to a Unix socket, which can be cut: what a death looks like from outside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

from deploy.mesh.table.tunnels import pump


class UnixWire:
    """Forwards connections."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    def connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Carry a new connection."""
        task = asyncio.create_task(self._carry(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with closing(writer), suppress(OSError):
            there, back = await asyncio.open_unix_connection(self._target)
            with closing(back):
                self._writers.add(writer)
                await asyncio.gather(pump(reader, back), pump(there, writer))
        self._writers.discard(writer)

    def cut(self) -> None:
        """End every connection at once; new ones may come."""
        for writer in [*self._writers]:
            writer.transport.abort()


@asynccontextmanager
async def wired(socket: Path, target: Path) -> AsyncIterator[UnixWire]:
    """Lay a wire from one socket to another, while the block runs."""
    wire = UnixWire(target)
    server = await asyncio.start_unix_server(wire.connected, socket)
    try:
        yield wire
    finally:
        server.close()
        wire.cut()
        for task in [*wire.tasks]:
            task.cancel()
        await asyncio.gather(*wire.tasks, return_exceptions=True)
