"""Answers requests as OpenAI does, following the script."""

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.doubles import wire
from tests.doubles.script import Script, named
from tests.doubles.upstream import Received, Upstream

_BATCH = 64


async def answer(upstream: Upstream, request: web.Request) -> web.StreamResponse:
    """Serve `POST /v1/chat/completions`."""
    raw = await request.read()
    body = _body(raw)
    headers = {name.lower(): value for name, value in request.headers.items()}
    upstream.requests.append(Received(request.method, request.path, headers, body))
    upstream.note("asked")
    done = False
    try:
        response = await _answered(upstream, request, body)
        done = True
        return response
    finally:
        upstream.note("finished" if done else "disconnected")


async def list_models(_: web.Request) -> web.Response:
    """Serve `GET /v1/models`."""
    return _json(wire.models(["scripted", "scripted-200x0ms", "scripted-200x20ms"]))


async def _answered(
    upstream: Upstream, request: web.Request, body: Any
) -> web.StreamResponse:
    if (
        not isinstance(body, dict)
        or not body.get("messages")
        or not isinstance(body.get("model"), str)
    ):
        return _json(
            wire.error(400, "We could not parse the JSON body of your request."),
            status=400,
        )
    model = body["model"]
    try:
        script = named(model) or upstream.script
    except ValueError as unreadable:
        return _json(wire.error(404, str(unreadable)), status=404)
    script = script.limited_to(
        body.get("max_completion_tokens") or body.get("max_tokens")
    )
    input_tokens = sum(
        len(str(message.get("content", "")).split()) for message in body["messages"]
    )
    if script.pause:
        await asyncio.sleep(script.pause)
    if script.status != 200:
        return _refused(script)
    if not body.get("stream"):
        return _json(wire.completion(script, model, input_tokens))
    include_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    frames = wire.rendered(script, model, include_usage, input_tokens)
    return await _Stream(upstream, request, script).send(frames)


class _Stream:
    """One answer on its way to the caller."""

    def __init__(
        self, upstream: Upstream, request: web.Request, script: Script
    ) -> None:
        self._upstream = upstream
        self._request = request
        self._script = script
        self._identity = wire.identity()
        self._response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-cache",
                "x-request-id": "req_scripted",
            }
        )

    async def send(self, frames: wire.Frames) -> web.StreamResponse:
        self._response.enable_chunked_encoding()
        await self._response.prepare(self._request)
        if self._plain:
            await self._burst(frames)
        else:
            await self._write(frames.role)
            await self._one_by_one(frames)
            await self._write(frames.end)
        await self._response.write_eof()
        return self._response

    @property
    def _plain(self) -> bool:
        script = self._script
        faults = (
            script.cut_after,
            script.stall_after,
            script.insert_after,
            script.split,
        )
        return not script.delay and faults == (None, None, None, None)

    async def _burst(self, frames: wire.Frames) -> None:
        """Write many events at once: what is measured is who reads, not who writes."""
        events = (frames.role, *frames.tokens, frames.end)
        for start in range(0, len(events), _BATCH):
            await self._write(b"".join(events[start : start + _BATCH]))

    async def _one_by_one(self, frames: wire.Frames) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for number, frame in enumerate(frames.tokens):
            await self._fault(number)
            await self._write(frame)
            due += self._script.delay
            if (early := due - loop.time()) > 0:
                await asyncio.sleep(early)
        await self._fault(len(frames.tokens))

    async def _fault(self, sent: int) -> None:
        script = self._script
        if script.insert_after == sent:
            await self._write(script.insert)
        if script.stall_after == sent:
            self._upstream.note("stalled")
            await self._upstream.released()
        if script.cut_after == sent and (transport := self._request.transport):
            transport.close()  # after what is buffered, and without the last chunk
            raise ConnectionResetError("cut by the script")

    async def _write(self, events: bytes) -> None:
        events = wire.identified(events, self._identity)
        step = self._script.split or len(events)
        for start in range(0, len(events), step):
            await self._response.write(events[start : start + step])


def _refused(script: Script) -> web.Response:
    response = _json(wire.error(script.status), status=script.status)
    if script.retry_after is not None:
        response.headers["Retry-After"] = str(script.retry_after)
    return response


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(
        body=body,
        status=status,
        headers={"x-request-id": "req_scripted"},
        content_type="application/json",
    )
