"""What stands behind the edge here: real gRPC servers on wires, and a web server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
from aiohttp import web
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.edge.servicers import Script
from tests.edge.wire import Wire

Add = Callable[[Script, grpc.aio.Server], None]

PAGE = "<!doctype html><title>Parley</title>"
PAGE_HEADERS = {"etag": '"1"', "cache-control": "no-cache", "server": "a secret"}


class Part(Wire):
    """A server, on a wire that can be cut."""

    def __init__(self, port: int, well: health.aio.HealthServicer) -> None:
        super().__init__(port)
        self._well = well

    async def drain(self) -> None:
        """Say, as a server that stops does, that no new calls shall come."""
        await self._well.set("", health_pb2.HealthCheckResponse.NOT_SERVING)


@asynccontextmanager
async def part(add: Add, script: Script) -> AsyncIterator[Part]:
    """Serve a part."""
    server = grpc.aio.server()
    well = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(well, server)
    await well.set("", health_pb2.HealthCheckResponse.SERVING)
    add(script, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with Part(port, well) as found:
            yield found
    finally:
        await server.stop(None)


@asynccontextmanager
async def web_server(seen: list[web.Request]) -> AsyncIterator[str]:
    """Serve one page at every path, and remember who asked; yield the address."""

    async def page(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response(text=PAGE, content_type="text/html", headers=PAGE_HEADERS)

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
