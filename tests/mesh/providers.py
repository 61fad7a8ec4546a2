"""Somebody outside the mesh, who speaks HTTPS under a public name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from deploy.mesh.identity.authority import Authority
from deploy.mesh.table.tunnels import server_context


@dataclass
class Provider:
    """Who it is, and what it was asked."""

    address: str
    asked: list[web.Request] = field(default_factory=list)


@asynccontextmanager
async def provider(authority: Authority, names: list[str]) -> AsyncIterator[Provider]:
    """Serve as these names, with a certificate of a public authority."""
    identity = authority.issue_for_hosts(names, timedelta(hours=1))
    context = server_context(identity, "http/1.1")
    found = Provider("")

    async def answer(request: web.Request) -> web.Response:
        found.asked.append(request)
        return web.json_response({"host": request.host, "path": request.path})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        found.address = f"127.0.0.1:{runner.addresses[0][1]}"
        yield found
    finally:
        await runner.cleanup()
