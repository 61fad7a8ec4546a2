"""Carries connections from one place to another."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress

CHUNK = 65_536
Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class Relay:
    """Carries connections to where `connect` leads, if `admits` takes who is there."""

    def __init__(
        self,
        connect: Connect,
        admits: Callable[[asyncio.StreamWriter], bool] = lambda _: True,
    ) -> None:
        self._connect = connect
        self._admits = admits
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Carry a new connection."""
        task = asyncio.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with closing(writer), suppress(OSError):
            there, back = await self._connect()
            with closing(back):
                if self._admits(back):
                    self._writers.add(writer)
                    await asyncio.gather(pump(reader, back), pump(there, writer))
        self._writers.discard(writer)

    def cut(self) -> None:
        """End every connection at once; new ones may come."""
        for writer in [*self._writers]:
            writer.transport.abort()

    async def end(self) -> None:
        """End every connection, and what carries it."""
        self.cut()
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes one way, until either end is gone."""
    try:
        while data := await source.read(CHUNK):
            sink.write(data)
            await sink.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        sink.transport.abort()
