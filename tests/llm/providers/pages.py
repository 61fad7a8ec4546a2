"""Servers that are no provider."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page(body: bytes) -> Handler:
    """Reply with a page."""

    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=body)

    return handler


@asynccontextmanager
async def replying(handler: Handler) -> AsyncIterator[str]:
    """Reply alike at every address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
