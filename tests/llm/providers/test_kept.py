"""What is kept of a stream, to the letter, and what is not."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from services.llm.model import ProviderEvent, ToolUse, Turn, Verbatim
from services.llm.providers.anthropic_kept import KeepingAnthropicStream
from services.llm.providers.chat_kept import KeepingChatStream
from services.llm.providers.endpoint import Answer
from services.llm.providers.gemini import contents
from services.llm.providers.gemini_kept import KeepingGeminiStream
from services.llm.providers.responses_kept import KeepingResponsesStream
from tests.doubles import wire
from tests.doubles.answering import Asked, Frames
from tests.doubles.anthropic_server import AnthropicWords
from tests.doubles.gemini_server import GeminiWords
from tests.doubles.responses import ResponsesWords
from tests.doubles.script import Call, Script, words
from tests.llm.providers.reading import only

SCRIPT = Script(
    tokens=words(3),
    thoughts=words(4),
    calls=(Call("weather"),),
    finish_reason="tool_calls",
)
ASKED = Asked("m", 10, encrypts=True)
STOP: dict[str, Any] = {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}
CALL = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}


def read(stream: Answer, *events: object) -> list[ProviderEvent]:
    """Read a whole answer."""
    for event in events:
        stream.feed(b"data: %s\n\n" % json.dumps(event).encode())
    return [*stream.take(), *stream.end()]


def kept(events: Sequence[ProviderEvent]) -> list[Any]:
    """Return what is kept, decoded."""
    return [
        json.loads(part) for each in only(Verbatim, events) for part in each.content
    ]


def chat(*deltas: dict[str, Any]) -> Any:
    """Return what is kept of chat completions that call a tool."""
    said = [{"choices": [{"delta": delta}]} for delta in deltas]
    called = {"choices": [{"delta": {"tool_calls": [CALL]}}]}
    (message,) = kept(read(KeepingChatStream("m", "w"), *said, called, STOP))
    return message


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_come_back_in_the_field_they_came_in(field: str):
    message = chat({field: "Hm"}, {field: "!"}, {"content": "Let me see."})

    assert message == {
        "role": "assistant",
        "content": "Let me see.",
        "tool_calls": [
            {"id": "c", "type": "function", "function": CALL["function"]},
        ],
        field: "Hm!",
    }


def test_thoughts_that_are_empty_come_back_too():
    message = chat({"reasoning_content": ""}, {"reasoning_content": None})

    assert message["reasoning_content"] == ""
    assert message["content"] is None


def test_details_of_thoughts_come_back_put_together():
    thought = {"type": "reasoning.text", "format": "anthropic"}
    secret = {"type": "reasoning.encrypted", "data": "c2VjcmV0", "index": 1}

    message = chat(
        *({"reasoning": text, **detailed(thought, text, 0)} for text in ("Hm", "!")),
        {"reasoning_details": [thought | {"signature": "s", "index": 0}]},
        detailed(thought, "Else", 0),
        {"reasoning_details": [secret]},
        {"reasoning_details": [secret | {"index": 2}]},
        detailed(thought, "So", 3),
        detailed(thought, " it is", 4),
    )

    assert message["reasoning"] == "Hm!"
    assert message["reasoning_details"] == [
        thought | {"text": "Hm!", "index": 0, "signature": "s"},
        thought | {"text": "Else", "index": 0},
        secret,
        secret | {"index": 2},
        thought | {"text": "So", "index": 3},
        thought | {"text": " it is", "index": 4},
    ]


def detailed(thought: dict[str, Any], text: str, index: int) -> dict[str, Any]:
    """Return a piece of a detail."""
    return {"reasoning_details": [thought | {"text": text, "index": index}]}


def test_what_signs_a_call_comes_back_with_it():
    signed = {"google": {"thought_signature": "c2lnbmVk"}}
    calls = [
        CALL | {"id": "a", "extra_content": signed},
        CALL | {"id": "b", "index": 1},
        CALL | {"id": "c", "index": 2, "extra_content": None},
    ]

    events = read(
        KeepingChatStream("m", "w"),
        {"choices": [{"delta": {"tool_calls": calls}}]},
        STOP,
    )

    (message,) = kept(events)
    assert [call.get("extra_content") for call in message["tool_calls"]] == [
        signed,
        None,
        None,
    ]
    assert [call["id"] for call in message["tool_calls"]] == ["a", "b", "c"]


def block(index: int, begun: object, *deltas: object) -> list[object]:
    """Return the events of a block of Anthropic's."""
    return [
        {"type": "content_block_start", "index": index, "content_block": begun},
        *(
            {"type": "content_block_delta", "index": index, "delta": delta}
            for delta in deltas
        ),
    ]


CALLED = [
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
    {"type": "message_stop"},
]
THINKING = {"type": "thinking", "thinking": "", "signature": ""}
USE = {"type": "tool_use", "id": "t", "name": "f", "input": {}, "caller": {"a": 1}}


def test_blocks_come_back_with_all_that_is_in_them():
    events = read(
        KeepingAnthropicStream("m", "w"),
        *block(0, THINKING, {"thinking": "H"}, {"thinking": "m"}, {"signature": "s"}),
        *block(1, {"type": "text", "text": ""}, {"text": " \n"}),
        *block(2, USE, {"partial_json": ""}, {"partial_json": '{"n":1.0}'}),
        *block(3, USE | {"id": "u"}, {"partial_json": "[1]"}),
        *CALLED,
    )

    assert only(Verbatim, events)[0].content == (
        b'{"type":"thinking","thinking":"Hm","signature":"s"}',
        # Blank texts are refused.
        b'{"type":"tool_use","id":"t","name":"f","input":{"n":1.0},"caller":{"a":1}}',
        b'{"type":"tool_use","id":"u","name":"f","input":{},"caller":{"a":1}}',
    )


def test_blocks_that_nobody_understands_are_not_kept():
    events = read(
        KeepingAnthropicStream("m", "w"),
        *block(0, THINKING, {"thinking": "Hm"}, {"signature": "s"}),
        *block(1, {"type": "new"}, {"type": "new_delta", "new": "?"}),
        *block(2, USE, {"partial_json": "{}"}),
        *CALLED,
    )

    assert only(Verbatim, events) == []
    assert only(ToolUse, events) == [ToolUse("t", "f", "{}")]


def item(**fields: object) -> dict[str, object]:
    """Return the event of an item that is whole."""
    return {"type": "response.output_item.done", "item": fields}


def test_items_without_what_is_encrypted_are_not_kept():
    called = item(type="function_call", call_id="c", name="f", arguments="{}")
    done = {"type": "response.completed", "response": {}}

    events = read(
        KeepingResponsesStream("m", "w"),
        item(type="reasoning", id="rs_1", summary=[], encrypted_content=None),
        called,
        done,
    )

    assert only(Verbatim, events) == []


def test_the_phase_of_a_text_is_kept_without_thoughts():
    said = {"type": "message", "id": "msg_1", "phase": "commentary", "content": []}
    called = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}

    events = read(
        KeepingResponsesStream("m", "w"),
        item(**said),
        item(**called),
        {"type": "response.completed", "response": {}},
    )

    assert kept(events) == [said, called]


def test_parts_of_a_text_are_joined_up_to_a_signature():
    parts: list[dict[str, object]] = [
        {"text": "H", "thought": True},
        {"text": "m", "thought": True},
        {"text": "So"},
        {"text": " it"},
        {"text": " is", "thoughtSignature": "a"},
        {"text": "", "thoughtSignature": "c"},
        {"text": ""},
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "b"},
    ]
    chunks = [{"candidates": [{"content": {"parts": [part]}}]} for part in parts]

    events = read(
        KeepingGeminiStream("m", "w"),
        *chunks,
        {"candidates": [{"finishReason": "STOP"}]},
    )

    assert kept(events) == [
        {"text": "Hm", "thought": True},
        {"text": "So it"},
        *parts[4:6],
        *parts[7:],
    ]


def test_a_call_that_has_no_id_gets_none():
    chunk = {"content": {"parts": [{"functionCall": {"name": "f"}}]}}

    events = read(
        KeepingGeminiStream("m", "w"),
        {"candidates": [chunk | {"finishReason": "STOP"}]},
    )

    uses = only(ToolUse, events)
    assert only(Verbatim, events) == []  # nothing is signed
    said = Turn("assistant", "", tool_uses=tuple(uses))
    told = Turn("tool", "ok", tool_use_id=uses[0].id)
    assert '"id"' not in json.dumps(contents([said, told], "gemini-2.5-pro"))


FRAMES: dict[str, tuple[type[Any], Frames, bytes, bytes]] = {
    "chat": (
        KeepingChatStream,
        wire.rendered(SCRIPT, "m", False, 1),
        b'"finish_reason":"tool_calls"',
        b'"finish_reason":"length"',
    ),
    "responses": (
        KeepingResponsesStream,
        ResponsesWords().frames(SCRIPT, ASKED),
        b'"incomplete_details": null',
        b'"incomplete_details": {"reason": "max_output_tokens"}',
    ),
    "anthropic": (
        KeepingAnthropicStream,
        AnthropicWords().frames(SCRIPT, ASKED),
        b'"stop_reason": "tool_use"',
        b'"stop_reason": "max_tokens"',
    ),
    "gemini": (
        KeepingGeminiStream,
        GeminiWords().frames(SCRIPT, ASKED),
        b'"finishReason": "STOP"',
        b'"finishReason": "MAX_TOKENS"',
    ),
}


@pytest.mark.parametrize("protocol", FRAMES)
@pytest.mark.parametrize("cut", [False, True])
def test_what_was_cut_off_is_not_kept(protocol: str, cut: bool):
    keeping, frames, whole, short = FRAMES[protocol]
    stream = keeping("m", "w")

    for frame in (frames.start, *frames.thoughts, *frames.tokens, frames.end):
        stream.feed(frame.replace(whole, short) if cut else frame)
        stream.take()

    assert len(only(Verbatim, stream.end())) == (not cut)
