"""Shows another process what was asked of the model, and changes the script."""

from dataclasses import asdict

from aiohttp import web

from tests.doubles.script import parsed
from tests.doubles.upstream import Upstream

HELP = """
Control, for tests that run the server as a process of its own:

  GET    /control/requests  the newest 1,000 requests (method, path, headers, body)
                            and the counts
  DELETE /control/requests  forget them (counts go on)
  POST   /control/script    a new script, for instance
                            {"tokens": 200, "delay": 0.02, "stall_after": 3}
  POST   /control/release   let stalled answers go on
"""


def add_routes(app: web.Application, upstream: Upstream) -> None:
    """Add the control endpoints."""

    async def requests(_: web.Request) -> web.Response:
        received = [asdict(request) for request in upstream.requests]
        return web.json_response(
            {"requests": received, "counts": dict(upstream.counts)}
        )

    async def forget(_: web.Request) -> web.Response:
        upstream.requests.clear()
        return web.json_response({})

    async def script(request: web.Request) -> web.Response:
        try:
            upstream.rescript(parsed(await request.json()))
        except (TypeError, ValueError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        return web.json_response({})

    async def release(_: web.Request) -> web.Response:
        upstream.release()
        return web.json_response({})

    app.router.add_get("/control/requests", requests)
    app.router.add_delete("/control/requests", forget)
    app.router.add_post("/control/script", script)
    app.router.add_post("/control/release", release)
