"""OpenAI's responses API, as OpenAI speaks it."""

import json
import re
import time
import uuid
from typing import Any

from aiohttp import web

from tests.doubles import wire
from tests.doubles.answering import Asked, Frames, Invalid
from tests.doubles.responses_items import rounds_of
from tests.doubles.script import Call, Script
from tests.doubles.thoughts import signed

_UNNAMED = b"resp_?"
_THOUGHTLESS = re.compile(r"gpt-4|.*-chat")


class ResponsesWords:
    """The protocol of `POST /v1/responses`."""

    def asked(self, request: web.Request, body: Any) -> Asked:
        if not isinstance(body, dict) or not body.get("input") or "model" not in body:
            raise Invalid(400, "We could not parse the JSON body of your request.")
        items = body["input"]
        if isinstance(items, str):
            items = [{"role": "user", "content": items}]
        return Asked(
            model=body["model"],
            input_tokens=sum(
                len(str(item.get("content", "")).split()) for item in items
            ),
            limit=body.get("max_output_tokens"),
            tools=tuple(tool["name"] for tool in body.get("tools", ())),
            rounds=rounds_of(items),
            encrypts=_encrypts(body),
        )

    def frames(self, script: Script, asked: Asked) -> Frames:
        return _Rendering(script, asked).frames()

    def identity(self) -> bytes:
        return f"resp_{uuid.uuid4().hex}".encode()

    def identified(self, events: bytes, identity: bytes) -> bytes:
        return events.replace(_UNNAMED, identity)

    def whole(self, script: Script, asked: Asked) -> bytes:
        raise NotImplementedError

    def error(
        self, status: int, message: str | None = None, problem: str | None = None
    ) -> bytes:
        return wire.error(status, message, problem)

    def problem_status(self, problem: str) -> int:
        return 400


def _encrypts(body: dict[str, Any]) -> bool:
    """Tell whether thoughts are asked for; models that have none refuse that."""
    if "reasoning.encrypted_content" not in body.get("include", ()):
        return False
    if _THOUGHTLESS.match(body["model"]):
        raise Invalid(400, "Encrypted content is not supported with this model.")
    return True


class _Rendering:
    """One answer; its events are numbered."""

    def __init__(self, script: Script, asked: Asked) -> None:
        self._script = script
        self._asked = asked
        self._number = -1
        self._output: list[dict[str, Any]] = []
        self._thought = ""  # the ID of the thoughts that came last

    def frames(self) -> Frames:
        script = self._script
        start = self._event("response.created", response=self._response("in_progress"))
        start += self._event(
            "response.in_progress", response=self._response("in_progress")
        )
        before, tokens, end = list[bytes](), list[bytes](), b""
        for thoughts, texts in script.stretches:
            before += tokens
            before += [end] if end else []
            before += self._thoughts(thoughts) if thoughts else []
            tokens, end = self._text(texts) if texts else ([], b"")
        for number, call in enumerate(script.calls):
            end += self._call(number, call)
        cut = {"length": "max_output_tokens", "content_filter": "content_filter"}
        status = "incomplete" if script.finish_reason in cut else "completed"
        response = self._response(status) | {"usage": self._usage()}
        if status == "incomplete":
            response["incomplete_details"] = {"reason": cut[script.finish_reason]}
        end += self._event(f"response.{status}", response=response)
        return Frames(start, tuple(before), tuple(tokens), end)

    def _thoughts(self, thoughts: tuple[str, ...]) -> list[bytes]:
        at: dict[str, Any] = {"output_index": len(self._output)}
        id = self._thought = f"rs_{self._asked.rounds}{len(self._output)}"
        item = {"id": id, "type": "reasoning", "summary": []}
        part = at | {"item_id": id, "summary_index": 0}
        text = "".join(thoughts)
        summary = {"type": "summary_text", "text": text}
        start = self._event("response.output_item.added", **at, item=item)
        start += self._event(
            "response.reasoning_summary_part.added",
            **part,
            part=summary | {"text": ""},
        )
        frames = [
            self._event("response.reasoning_summary_text.delta", **part, delta=token)
            for token in thoughts
        ]
        whole: dict[str, Any] = item | {"summary": [summary]}
        if self._asked.encrypts:
            whole["encrypted_content"] = signed(id, text)
        end = self._event("response.reasoning_summary_text.done", **part, text=text)
        end += self._event("response.output_item.done", **at, item=whole)
        self._output.append(whole)
        frames[0] = start + frames[0]
        frames[-1] += end
        return frames

    def _text(self, texts: tuple[str, ...]) -> tuple[list[bytes], bytes]:
        at: dict[str, Any] = {"output_index": len(self._output)}
        id, text = self._id("msg"), "".join(texts)
        part = at | {"item_id": id, "content_index": 0}
        said = {"type": "output_text", "text": text, "annotations": []}
        item = {"id": id, "type": "message", "role": "assistant"}
        empty = item | {"status": "in_progress", "content": []}
        whole = item | {"status": "completed", "content": [said]}
        start = self._event("response.output_item.added", **at, item=empty)
        start += self._event(
            "response.content_part.added", **part, part=said | {"text": ""}
        )
        frames = [
            self._event("response.output_text.delta", **part, delta=token, logprobs=[])
            for token in texts
        ]
        end = self._event("response.output_text.done", **part, text=text, logprobs=[])
        end += self._event("response.content_part.done", **part, part=said)
        end += self._event("response.output_item.done", **at, item=whole)
        self._output.append(whole)
        return [start + frames[0], *frames[1:]], end

    def _call(self, number: int, call: Call) -> bytes:
        at: dict[str, Any] = {"output_index": len(self._output)}
        id = self._id("fc")
        part = at | {"item_id": id}
        item = {
            "id": id,
            "type": "function_call",
            "call_id": f"call_{number}",
            "name": call.name,
            "arguments": call.arguments,
        }
        empty = item | {"status": "in_progress", "arguments": ""}
        half = len(call.arguments) // 2
        events = self._event("response.output_item.added", **at, item=empty)
        for delta in (call.arguments[:half], call.arguments[half:]):
            events += self._event(
                "response.function_call_arguments.delta", **part, delta=delta
            )
        events += self._event(
            "response.function_call_arguments.done",
            **part,
            name=call.name,
            arguments=call.arguments,
        )
        whole = item | {"status": "completed"}
        self._output.append(whole)
        return events + self._event("response.output_item.done", **at, item=whole)

    def _id(self, kind: str) -> str:
        """Return an ID that tells what was thought before."""
        id = f"{kind}_{self._asked.rounds}{len(self._output)}"
        return f"{id}_of_{self._thought}" if self._thought else id

    def _response(self, status: str) -> dict[str, Any]:
        return {
            "id": _UNNAMED.decode(),
            "object": "response",
            "created_at": int(time.time()),
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": self._asked.model,
            "output": list(self._output),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": None,
        }

    def _usage(self) -> dict[str, Any]:
        read, written = self._asked.input_tokens, self._script.output_tokens
        return {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": self._script.cached_tokens},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": len(self._script.thoughts)},
            "total_tokens": read + written,
        }

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._number += 1
        event = {"type": kind, "sequence_number": self._number, **fields}
        return f"event: {kind}\ndata: {json.dumps(event)}\n\n".encode()
