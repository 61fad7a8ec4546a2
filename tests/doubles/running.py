"""Serves a scripted model on a loopback port."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from tests.doubles import control
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream

AddRoutes = Callable[[web.Application, Upstream], None]


@asynccontextmanager
async def running(
    add_routes: AddRoutes, script: Script | None, *, path: str = "", port: int = 0
) -> AsyncIterator[Upstream]:
    """Serve these routes; the end of the block breaks off what still streams."""
    upstream = Upstream(script or Script())
    app = web.Application(client_max_size=64 * 1024 * 1024)
    add_routes(app, upstream)
    control.add_routes(app, upstream)
    runner = web.AppRunner(
        app, handler_cancellation=True, access_log=None, shutdown_timeout=0
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        upstream.opened(runner, path)
        yield upstream
    finally:
        await runner.cleanup()
