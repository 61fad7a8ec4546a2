"""Answers as a script says, in the words of any protocol."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from tests.doubles.script import Script, named
from tests.doubles.upstream import Received, Upstream

_BATCH = 64
_BLOCK = b"x" * 64 * 1024


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    model: str
    input_tokens: int
    limit: int | None = None  # of tokens
    tools: tuple[str, ...] = ()
    rounds: int = 0  # how often tools have answered since the user spoke
    streams: bool = True
    include_usage: bool = True
    encrypts: bool = False  # thoughts are to be given encrypted, too


@dataclass(frozen=True)
class Frames:
    """The events of one answer: one for each token, and what stands around them.

    Among the thoughts is what is said between them.
    """

    start: bytes
    thoughts: tuple[bytes, ...]
    tokens: tuple[bytes, ...]
    end: bytes


class Invalid(Exception):
    """The request is refused with this status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Words(Protocol):
    """One protocol."""

    def asked(self, request: web.Request, body: Any) -> Asked:
        """Read a request as strictly as its owner would, or raise `Invalid`."""

    def frames(self, script: Script, asked: Asked) -> Frames:
        """Render an answer."""

    def identified(self, events: bytes, identity: bytes) -> bytes:
        """Return rendered events as those of one answer."""

    def identity(self) -> bytes:
        """Return what tells one answer's events from another's."""

    def whole(self, script: Script, asked: Asked) -> bytes:
        """Render an answer that is not streamed."""

    def error(
        self, status: int, message: str | None = None, problem: str | None = None
    ) -> bytes:
        """Render an error."""

    def problem_status(self, problem: str) -> int | None:
        """Return the status of a problem; None if the stream itself tells of it."""


async def answer(
    words: Words, upstream: Upstream, request: web.Request
) -> web.StreamResponse:
    """Serve one request."""
    body = _body(await request.read())
    headers = {name.lower(): value for name, value in request.headers.items()}
    peer = str(request.transport and request.transport.get_extra_info("peername"))
    upstream.requests.append(
        Received(request.method, request.path_qs, headers, body, peer)
    )
    upstream.note("asked")
    done = False
    try:
        response = await _answered(words, upstream, request, body)
        done = True
        return response
    finally:
        upstream.note("finished" if done else "disconnected")


async def _answered(
    words: Words, upstream: Upstream, request: web.Request, body: Any
) -> web.StreamResponse:
    try:
        asked = words.asked(request, body)
        script = _script(asked, upstream)
    except Invalid as invalid:
        return reply(words.error(invalid.status, invalid.message), invalid.status)
    if script.pause:
        await asyncio.sleep(script.pause)
    status = words.problem_status(script.problem) if script.problem else script.status
    if status and status != 200:
        refused = reply(words.error(status, problem=script.problem), status)
        if script.retry_after is not None:
            refused.headers["Retry-After"] = str(script.retry_after)
        refused.headers.update(script.headers)
        return refused
    if not asked.streams:
        return reply(words.whole(script, asked))
    stream = _Stream(words, upstream, request, script)
    return await stream.send(words.frames(script, asked))


def _script(asked: Asked, upstream: Upstream) -> Script:
    try:
        script = named(asked.model) or upstream.script
    except ValueError as unreadable:
        raise Invalid(404, str(unreadable)) from unreadable
    return script.limited_to(asked.limit).offering(asked.tools, asked.rounds)


class _Stream:
    """One answer on its way to the caller."""

    def __init__(
        self, words: Words, upstream: Upstream, request: web.Request, script: Script
    ) -> None:
        self._words = words
        self._upstream = upstream
        self._request = request
        self._script = script
        self._identity = words.identity()
        self._response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-cache",
                "x-request-id": "req_scripted",
            }
        )

    async def send(self, frames: Frames) -> web.StreamResponse:
        self._response.enable_chunked_encoding()
        await self._response.prepare(self._request)
        if self._plain:
            await self._burst(frames)
        else:
            await self._write(frames.start)
            await self._flood()
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
        return not script.delay and not script.flood and faults == (None,) * 4

    async def _burst(self, frames: Frames) -> None:
        """Write many events at once: what is measured is who reads, not who writes."""
        events = (frames.start, *frames.thoughts, *frames.tokens, frames.end)
        for start in range(0, len(events), _BATCH):
            await self._write(b"".join(events[start : start + _BATCH]))

    async def _flood(self) -> None:
        if self._script.flood:
            await self._write(b"data: ")
        for _ in range(self._script.flood // len(_BLOCK)):
            await self._response.write(_BLOCK)
            self._upstream.written += len(_BLOCK)

    async def _one_by_one(self, frames: Frames) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        thoughts = len(frames.thoughts)
        for number, frame in enumerate((*frames.thoughts, *frames.tokens)):
            if number >= thoughts:
                await self._fault(number - thoughts)
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
        events = self._words.identified(events, self._identity)
        step = self._script.split or len(events) or 1
        for start in range(0, len(events), step):
            await self._response.write(events[start : start + step])
        self._upstream.written += len(events)


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def reply(body: bytes, status: int = 200) -> web.Response:
    """Reply with JSON."""
    return web.Response(
        body=body,
        status=status,
        headers={"x-request-id": "req_scripted"},
        content_type="application/json",
    )
