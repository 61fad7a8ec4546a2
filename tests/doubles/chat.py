"""OpenAI's chat completions, as OpenAI speaks them."""

from typing import Any

from aiohttp import web

from tests.doubles import wire
from tests.doubles.answering import Asked, Frames, Invalid, reply
from tests.doubles.script import Script
from tests.doubles.thoughts import signed

MODELS = ["scripted", "scripted-200x0ms", "scripted-200x20ms"]


class ChatWords:
    """The protocol of `POST /v1/chat/completions`."""

    def asked(self, request: web.Request, body: Any) -> Asked:
        if (
            not isinstance(body, dict)
            or not body.get("messages")
            or not isinstance(body.get("model"), str)
        ):
            raise Invalid(400, "We could not parse the JSON body of your request.")
        messages = body["messages"]
        return Asked(
            model=body["model"],
            input_tokens=sum(
                len(str(message.get("content", "")).split()) for message in messages
            ),
            limit=body.get("max_completion_tokens") or body.get("max_tokens"),
            tools=tuple(tool["function"]["name"] for tool in body.get("tools", ())),
            rounds=_rounds(messages, body["model"]),
            streams=bool(body.get("stream")),
            include_usage=bool((body.get("stream_options") or {}).get("include_usage")),
        )

    def frames(self, script: Script, asked: Asked) -> Frames:
        return wire.rendered(
            script, asked.model, asked.include_usage, asked.input_tokens
        )

    def identity(self) -> bytes:
        return wire.identity()

    def identified(self, events: bytes, identity: bytes) -> bytes:
        return wire.identified(events, identity)

    def whole(self, script: Script, asked: Asked) -> bytes:
        return wire.completion(script, asked.model, asked.input_tokens)

    def error(
        self, status: int, message: str | None = None, problem: str | None = None
    ) -> bytes:
        return wire.error(status, message, problem)

    def problem_status(self, problem: str) -> int:
        return 400


def _rounds(messages: list[dict[str, Any]], model: str) -> int:
    """Count calls since the user spoke; each has to be answered."""
    rounds, open_calls = 0, set[str]()
    for message in messages:
        if message["role"] == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise Invalid(400, "'tool' must be a response to 'tool_calls'.")
            open_calls.discard(message["tool_call_id"])
        elif open_calls:
            raise Invalid(400, "'tool_calls' must be followed by 'tool'.")
        if message["role"] == "user":
            rounds = 0
        if calls := message.get("tool_calls"):
            rounds += 1
            open_calls = {call["id"] for call in calls}
            thoughts = message.get("reasoning_content")
            _check(thoughts, open_calls, strict=model.startswith("deepseek"))
    return rounds


def _check(thoughts: str | None, calls: set[str], *, strict: bool) -> None:
    """Refuse calls without what was thought before them, or with something else."""
    for id in calls:
        _, _, needed = id.partition("_of_")
        if (strict or thoughts is not None) and needed not in (
            "",
            signed(thoughts or ""),
        ):
            raise Invalid(
                400,
                "The `reasoning_content` in the thinking mode must be passed back to "
                "the API.",
            )


async def list_models(_: web.Request) -> web.Response:
    """Serve `GET /v1/models`."""
    return reply(wire.models(MODELS))
