"""A local server that speaks Anthropic's messages API and answers from a script."""

import json
import uuid
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from aiohttp import web

from tests.doubles.answering import Asked, Frames, Invalid, answer, reply
from tests.doubles.anthropic_messages import rounds_of
from tests.doubles.running import running
from tests.doubles.script import Call, Script
from tests.doubles.thoughts import signed
from tests.doubles.upstream import Upstream

_UNNAMED = b"msg_?"
_FINISH = {
    "stop": "end_turn",
    "length": "max_tokens",
    "content_filter": "refusal",
    "tool_calls": "tool_use",
}
_ERRORS = {
    400: ("invalid_request_error", "messages: at least one message is required"),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "There is an issue with your billing."),
    403: ("permission_error", "Your API key does not have permission."),
    404: ("not_found_error", "model: does-not-exist"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your rate limit."),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}
_WINDOW = "prompt is too long: 200001 tokens > 200000 maximum"


class AnthropicWords:
    """The protocol of `POST /v1/messages`."""

    def asked(self, request: web.Request, body: Any) -> Asked:
        if not {"x-api-key", "authorization"} & {*map(str.lower, request.headers)}:
            raise Invalid(401, "x-api-key header is required")
        if request.headers.get("anthropic-version") != "2026-10-21":
            raise Invalid(400, "anthropic-version: only 2026-10-21 is played")
        if not isinstance(body, dict) or not body.get("messages"):
            raise Invalid(400, "messages: at least one message is required")
        if not isinstance(body.get("max_tokens"), int):
            raise Invalid(400, "max_tokens: Field required")
        if "temperature" in body:
            raise Invalid(400, "temperature: Extra inputs are not permitted")
        budget = body.get("thinking", {}).get("budget_tokens")
        if budget is not None and budget not in range(1_024, body["max_tokens"]):
            raise Invalid(400, "thinking.enabled.budget_tokens: not in its range")
        return Asked(
            model=body["model"],
            input_tokens=sum(
                len(str(message["content"]).split()) for message in body["messages"]
            ),
            limit=body["max_tokens"],
            tools=tuple(tool["name"] for tool in body.get("tools", ())),
            rounds=rounds_of(body["messages"], body.get("thinking", {}).get("type")),
        )

    def frames(self, script: Script, asked: Asked) -> Frames:
        start = _event("message_start", message=_message(script, asked))
        start += _event("ping")
        before, tokens, said = list[list[bytes]](), list[bytes](), list[str]()
        for thoughts, texts in script.stretches:
            if thoughts:
                thought = "".join(thoughts)
                signature = signed(str(asked.rounds), thought)
                before.append(_thinking(len(before), thoughts, signature))
                said.append(signature)
            for data in script.redacted if not tokens else ():
                redacted = {"type": "redacted_thinking", "data": data}
                before.append(_block(len(before), redacted, [None]))
                said.append(data)
            tokens = _block(
                len(before),
                {"type": "text", "text": ""},
                [{"type": "text_delta", "text": each} for each in texts],
            )
            if tokens:
                before.append(tokens)
                said.append("".join(texts))
        if tokens:
            before.pop()
        index, end = len(before), b""
        if tokens:
            end, index = _event("content_block_stop", index=index), index + 1
            tokens[-1] = tokens[-1].removesuffix(end)
        mark = f"_{signed(*said)}" if script.thoughts else ""
        for number, call in enumerate(script.calls):
            end += b"".join(_call(index + number, call, mark))
        end += _event(
            "message_delta",
            delta={"stop_reason": _FINISH[script.finish_reason], "stop_sequence": None},
            usage={
                "output_tokens": script.output_tokens,
                "output_tokens_details": {"thinking_tokens": len(script.thoughts)},
            },
        )
        return Frames(
            start,
            tuple(frame for block in before for frame in block),
            tuple(tokens),
            end + _event("message_stop"),
        )

    def identity(self) -> bytes:
        return f"msg_{uuid.uuid4().hex}".encode()

    def identified(self, events: bytes, identity: bytes) -> bytes:
        return events.replace(_UNNAMED, identity)

    def whole(self, script: Script, asked: Asked) -> bytes:
        raise NotImplementedError

    def error(
        self, status: int, message: str | None = None, problem: str | None = None
    ) -> bytes:
        kind, usual = _ERRORS.get(status, ("api_error", "Internal server error"))
        if problem == "window":
            kind, usual = "invalid_request_error", _WINDOW
        error = {"type": kind, "message": message or usual}
        return json.dumps({"type": "error", "error": error}).encode()

    def problem_status(self, problem: str) -> int:
        return 400


def _message(script: Script, asked: Asked) -> dict[str, Any]:
    return {
        "id": _UNNAMED.decode(),
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": asked.input_tokens - script.cached_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": script.cached_tokens,
            "output_tokens": 1,
        },
    }


def _block(
    index: int, empty: dict[str, Any], deltas: Sequence[dict[str, Any] | None]
) -> list[bytes]:
    """Render a block, whose first event begins it and whose last ends it."""
    frames = [
        _event("content_block_delta", index=index, delta=delta) if delta else b""
        for delta in deltas
    ]
    if frames:
        start = _event("content_block_start", index=index, content_block=empty)
        frames[0] = start + frames[0]
        frames[-1] += _event("content_block_stop", index=index)
    return frames


def _thinking(index: int, thoughts: tuple[str, ...], signature: str) -> list[bytes]:
    return _block(
        index,
        {"type": "thinking", "thinking": "", "signature": ""},
        [
            *({"type": "thinking_delta", "thinking": each} for each in thoughts),
            {"type": "signature_delta", "signature": signature},
        ],
    )


def _call(index: int, call: Call, mark: str) -> list[bytes]:
    half = len(call.arguments) // 2
    id = f"toolu_{index}{mark}"
    empty = {"type": "tool_use", "id": id, "name": call.name, "input": {}}
    parts = ("", call.arguments[:half], call.arguments[half:])
    deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
    return _block(index, empty, deltas)


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


async def list_models(_: web.Request) -> web.Response:
    """Serve `GET /v1/models`."""
    model = {
        "type": "model",
        "id": "scripted",
        "display_name": "Scripted",
        "created_at": "2026-01-01T00:00:00Z",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
        "capabilities": {
            name: {"supported": True}
            for name in ("image_input", "structured_outputs", "thinking")
        },
    }
    listing = {"data": [model], "first_id": "scripted", "has_more": False}
    return reply(json.dumps(listing).encode())


def add_routes(app: web.Application, upstream: Upstream) -> None:
    """Add Anthropic's endpoints."""
    app.router.add_post("/v1/messages", partial(answer, AnthropicWords(), upstream))
    app.router.add_get("/v1/models", list_models)


def serving(script: Script | None = None) -> AbstractAsyncContextManager[Upstream]:
    """Serve on a loopback port; the end of the block breaks off what still streams."""
    return running(add_routes, script, path="/v1")
