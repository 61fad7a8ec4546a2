"""A local server that speaks Google's Gemini API and answers from a script."""

import json
import uuid
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from aiohttp import web

from tests.doubles.answering import Asked, Frames, Invalid, answer, reply
from tests.doubles.gemini_contents import rounds_of
from tests.doubles.running import running
from tests.doubles.script import Call, Script
from tests.doubles.thoughts import signed
from tests.doubles.upstream import Upstream

_UNNAMED = b"response_?"
_FINISH = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "content_filter": "SAFETY",
    "tool_calls": "STOP",
}
_STATUSES = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "Your API key does not have the required permissions."),
    404: ("NOT_FOUND", "models/does-not-exist is not found for API version v1beta."),
    429: ("RESOURCE_EXHAUSTED", "You exceeded your current quota."),
    500: ("INTERNAL", "An internal error has occurred."),
    503: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
}
_WINDOW = (
    "The input token count (1048577) exceeds the maximum number of tokens allowed "
    "(1048576)."
)


class GeminiWords:
    """The protocol of `POST /v1beta/models/{model}:streamGenerateContent`."""

    def asked(self, request: web.Request, body: Any) -> Asked:
        if "x-goog-api-key" not in request.headers:
            raise Invalid(403, "Method doesn't allow unregistered callers.")
        if request.query.get("alt") != "sse":
            raise Invalid(400, "Only the event stream is played.")
        if not isinstance(body, dict) or not body.get("contents"):
            raise Invalid(400, "* GenerateContentRequest.contents: is not specified")
        functions = [
            function["name"]
            for tool in body.get("tools", ())
            for function in tool["functionDeclarations"]
        ]
        return Asked(
            model=request.match_info["model"],
            input_tokens=len(str(body["contents"]).split()),
            limit=body.get("generationConfig", {}).get("maxOutputTokens"),
            tools=tuple(functions),
            rounds=rounds_of(body["contents"], request.match_info["model"]),
        )

    def frames(self, script: Script, asked: Asked) -> Frames:
        if script.problem == "blocked":
            refused = {
                "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
                "usageMetadata": _usage(script, asked, 0, 0),
            }
            return Frames(_event(asked, refused), (), (), b"")
        thought = written = 0
        before, tokens, said = list[bytes](), list[bytes](), ""
        for thoughts, texts in script.stretches:
            before += tokens
            for each in thoughts:
                thought += 1
                part = {"text": each, "thought": True}
                before.append(_chunk(script, asked, [part], thought, written))
            tokens = []
            for each in texts:
                written += 1
                tokens.append(_chunk(script, asked, [{"text": each}], thought, written))
            said += "".join((*thoughts, *texts))
            if script.interleaved:  # the signature of a text comes when it is over
                part = {"text": "", "thoughtSignature": signed(str(asked.rounds), said)}
                tokens.append(_chunk(script, asked, [part], thought, written))
        calls = [
            _call(number, call, said if not number else None, asked.rounds)
            for number, call in enumerate(script.calls)
        ]
        written = len(script.tokens) + len(script.calls)
        end = _chunk(
            script,
            asked,
            calls or [{"text": ""}],
            len(script.thoughts),
            written,
            finishReason=_FINISH[script.finish_reason],
        )
        return Frames(b"", tuple(before), tuple(tokens), end)

    def identity(self) -> bytes:
        return f"response_{uuid.uuid4().hex}".encode()

    def identified(self, events: bytes, identity: bytes) -> bytes:
        return events.replace(_UNNAMED, identity)

    def whole(self, script: Script, asked: Asked) -> bytes:
        raise NotImplementedError

    def error(
        self, status: int, message: str | None = None, problem: str | None = None
    ) -> bytes:
        said, usual = _STATUSES.get(status, ("INTERNAL", "An internal error."))
        if problem == "window":
            usual = _WINDOW
        error = {"code": status, "message": message or usual, "status": said}
        return json.dumps({"error": error}).encode()

    def problem_status(self, problem: str) -> int | None:
        return None if problem == "blocked" else 400


def _call(number: int, call: Call, said: str | None, rounds: int) -> dict[str, Any]:
    """Call; of calls that are made at once the first is signed."""
    arguments = json.loads(call.arguments)
    part = {
        "functionCall": {"id": f"fc_{number}", "name": call.name, "args": arguments}
    }
    if said is None:
        return part
    signature = signed(str(rounds), said, call.name, str(arguments))
    return part | {"thoughtSignature": signature}


def _chunk(
    script: Script,
    asked: Asked,
    parts: list[dict[str, Any]],
    thought: int,
    written: int,
    **more: Any,
) -> bytes:
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0, **more}
    usage = _usage(script, asked, thought, written)
    return _event(asked, {"candidates": [candidate], "usageMetadata": usage})


def _usage(script: Script, asked: Asked, thought: int, written: int) -> dict[str, int]:
    return {
        "promptTokenCount": asked.input_tokens,
        "cachedContentTokenCount": script.cached_tokens,
        "candidatesTokenCount": written,
        "thoughtsTokenCount": thought,
        "totalTokenCount": asked.input_tokens + written + thought,
    }


def _event(asked: Asked, fields: dict[str, Any]) -> bytes:
    named = {"modelVersion": asked.model, "responseId": _UNNAMED.decode()}
    return f"data: {json.dumps(fields | named)}\r\n\r\n".encode()


async def list_models(_: web.Request) -> web.Response:
    """Serve `GET /v1beta/models`."""
    models = [
        {
            "name": f"models/{name}",
            "displayName": name.title(),
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": methods,
        }
        for name, methods in (
            ("embedding", ["embedContent"]),
            ("scripted", ["generateContent", "countTokens"]),
        )
    ]
    return reply(json.dumps({"models": models}).encode())


def add_routes(app: web.Application, upstream: Upstream) -> None:
    """Add Gemini's endpoints."""
    for version in ("v1", "v1beta"):
        app.router.add_post(
            f"/{version}/models/{{model}}:streamGenerateContent",
            partial(answer, GeminiWords(), upstream),
        )
        app.router.add_get(f"/{version}/models", list_models)


def serving(script: Script | None = None) -> AbstractAsyncContextManager[Upstream]:
    """Serve on a loopback port; the end of the block breaks off what still streams."""
    return running(add_routes, script, path="/v1beta")
