"""A local server that speaks OpenAI's protocol for speech and images."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@dataclass
class Media:
    """The server as a test sees it: what was asked, and what it answers."""

    url: str = ""
    status: int = 200
    body: bytes | None = None  # instead of a good answer
    images: list[bytes] = field(default_factory=lambda: [PNG] * 4)
    speech: tuple[bytes, ...] = (b"ID3one", b"two")
    usage: dict[str, int] | None = None  # that answers tell
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    hold: asyncio.Event | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as is set, after `hold` if there is one."""
        self.keys.append(request.headers.get("authorization"))
        if request.content_type == "application/json":
            self.asked.append(await request.json())
        else:
            form = await request.post()
            self.asked.append(
                {
                    name: (value.filename, value.content_type, value.file.read())
                    if isinstance(value, web.FileField)
                    else value
                    for name, value in form.items()
                }
            )
        if self.hold:
            self.waiting.set()
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.left.set()
                raise
        if self.status != 200 or self.body is not None:
            return web.Response(status=self.status, body=self.body or b"{}")
        return await self._good(request)

    async def _good(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/transcriptions"):
            return self._json({"text": "Hello there."})
        if request.path.endswith("/speech"):
            response = web.StreamResponse(headers={"Content-Type": "audio/mpeg"})
            await response.prepare(request)
            for piece in self.speech:
                await response.write(piece)
            await response.write_eof()
            return response
        count = self.asked[-1]["n"]
        made = [base64.b64encode(image).decode() for image in self.images[:count]]
        return self._json({"data": [{"b64_json": image} for image in made]})

    def _json(self, answer: dict[str, Any]) -> web.Response:
        told = {"usage": self.usage} if self.usage else {}
        return web.json_response({**answer, **told})


@asynccontextmanager
async def media_serving() -> AsyncIterator[Media]:
    """Serve on a loopback port while the block runs."""
    media = Media()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    for path in ("audio/transcriptions", "audio/speech", "images/generations"):
        app.router.add_post(f"/v1/{path}", media.answer)
    runner = web.AppRunner(
        app, handler_cancellation=True, access_log=None, shutdown_timeout=0
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        media.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield media
    finally:
        await runner.cleanup()
