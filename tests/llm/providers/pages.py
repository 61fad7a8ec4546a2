"""Servers that are no provider."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def replying(
    reply: Callable[[web.Request], web.Response],
) -> AsyncIterator[str]:
    """Reply alike at every address."""

    async def handler(request: web.Request) -> web.Response:
        return reply(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
