"""OpenAI's chat-completions protocol as bytes: events, whole answers, errors."""

import json
import time
import uuid
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tests.doubles.answering import Frames
from tests.doubles.script import Script
from tests.doubles.thoughts import signed

_UNNAMED = '"id":"chatcmpl-?","object":"chat.completion.chunk","created":0'
_DONE = b"data: [DONE]\n\n"

_ERRORS: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "The request is not valid."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    404: (
        "invalid_request_error",
        "model_not_found",
        "The model does not exist or you do not have access to it.",
    ),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    500: (
        "server_error",
        None,
        "The server had an error while processing your request.",
    ),
    503: (
        "server_error",
        None,
        "The engine is currently overloaded, please try again later.",
    ),
}


_PROBLEMS = {
    "window": (
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 128000 tokens. However, your messages "
        "resulted in 128001 tokens. Please reduce the length of the messages.",
    ),
    "blocked": (
        "invalid_request_error",
        "content_policy_violation",
        "Your request was rejected as a result of our safety system.",
    ),
}


@lru_cache(maxsize=64)
def rendered(
    script: Script, model: str, include_usage: bool, input_tokens: int
) -> Frames:
    """Render a script once; `identified` makes the events those of one answer."""
    usage = {"usage": None} if include_usage else {}

    def event(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {
            "index": 0,
            "delta": delta,
            "logprobs": None,
            "finish_reason": finish_reason,
        }
        return _event(model, [choice], usage)

    before, tokens = list[bytes](), list[bytes]()
    for thoughts, texts in script.stretches:
        before += tokens
        before += [event({"reasoning_content": token}) for token in thoughts]
        tokens = [event({"content": token}) for token in texts]
    end = b"".join(event({"tool_calls": [part]}) for part in _parts(script))
    end += event({}, script.finish_reason)
    if include_usage:
        end += _event(model, [], {"usage": usage_of(script, input_tokens)})
    return Frames(
        start=event({"role": "assistant", "content": "", "refusal": None}),
        thoughts=tuple(before),
        tokens=tuple(tokens),
        end=end + _DONE,
    )


def _parts(script: Script) -> Iterator[dict[str, Any]]:
    """Call tools; arguments come in two parts, of which only the first is named."""
    mark = f"_of_{signed(''.join(script.thoughts))}" if script.thoughts else ""
    for index, call in enumerate(script.calls):
        half = len(call.arguments) // 2
        function = {"name": call.name, "arguments": ""}
        yield {
            "index": index,
            "id": f"call_{index}{mark}",
            "type": "function",
            "function": function,
        }
        for part in (call.arguments[:half], call.arguments[half:]):
            yield {"index": index, "function": {"arguments": part}}


def _event(model: str, choices: list[dict[str, Any]], rest: dict[str, Any]) -> bytes:
    fields = {
        "model": model,
        "service_tier": "default",
        "system_fingerprint": "fp_scripted",
        "choices": choices,
    }
    return f"data: {{{_UNNAMED},{_json(fields | rest)[1:]}\n\n".encode()


def identity() -> bytes:
    """Return what tells one answer's events from another's."""
    created = int(time.time())
    kind = "chat.completion.chunk"
    return f'"id":"{_id()}","object":"{kind}","created":{created}'.encode()


def identified(events: bytes, identity: bytes) -> bytes:
    """Return rendered events as those of one answer."""
    return events.replace(_UNNAMED.encode(), identity)


def completion(script: Script, model: str, input_tokens: int) -> bytes:
    """Render the whole answer for a request that does not stream."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": script.text,
        "refusal": None,
        "annotations": [],
    }
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": script.finish_reason,
    }
    fields = {
        "id": _id(),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        "usage": usage_of(script, input_tokens),
        "service_tier": "default",
        "system_fingerprint": "fp_scripted",
    }
    return _json(fields).encode()


def usage_of(script: Script, input_tokens: int) -> dict[str, Any]:
    """Return what the answer is billed as."""
    output_tokens = script.output_tokens
    return {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
        "prompt_tokens_details": {"cached_tokens": script.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": len(script.thoughts)},
    }


def models(names: list[str]) -> bytes:
    """Render the list of models."""
    data = [
        {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "parley"}
        for name in names
    ]
    return _json({"object": "list", "data": data}).encode()


def error(status: int, message: str | None = None, problem: str | None = None) -> bytes:
    """Render an error as OpenAI does with this status, or of this problem."""
    kind, code, usual = _PROBLEMS.get(problem or "") or _ERRORS.get(
        status, ("server_error", None, "The server had an error.")
    )
    return _json(
        {
            "error": {
                "message": message or usual,
                "type": kind,
                "param": None,
                "code": code,
            }
        }
    ).encode()


def _id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
