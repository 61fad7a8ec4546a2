"""A wire to a Unix socket, which can be cut: what a death looks like from outside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from deploy.mesh.table.relays import Relay


@asynccontextmanager
async def wired(socket: Path, target: Path) -> AsyncIterator[Relay]:
    """Lay a wire from one socket to another, while the block runs."""
    wire = Relay(partial(asyncio.open_unix_connection, target))
    server = await asyncio.start_unix_server(wire.connected, socket)
    try:
        yield wire
    finally:
        server.close()
        await wire.end()
