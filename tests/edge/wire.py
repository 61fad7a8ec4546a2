"""A wire that can be cut: what kill -9 looks like from the other end."""

import asyncio
from types import TracebackType
from typing import Self

from deploy.local.ports import free_port


class Wire:
    """Forwards TCP to a port of this machine, from a port of its own."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        # Nobody else's while the wire is cut.
        self.port = free_port()

    @property
    def address(self) -> str:
        """Where to call."""
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.cut()

    async def mend(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Reset every connection, and refuse new ones."""
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        server = self._server
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        if not server or server is not self._server or not server.is_serving():
            # It was cut meanwhile.
            back.transport.abort()
            writer.transport.abort()
            return
        for source, sink in ((reader, back), (there, writer)):
            self._writers.add(sink)
            task = asyncio.create_task(pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _, sink=sink: self._writers.discard(sink))  # type: ignore[misc]


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes one way, until either end is gone."""
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass
    finally:
        sink.transport.abort()
