"""Endpoints that speak OpenAI's chat completions in their own way."""

import pytest

from services.llm.model import (
    Delta,
    ModelBlocked,
    ModelCredentials,
    ModelProtocol,
    ModelRateLimited,
    ModelRejected,
    ModelUnavailable,
    ModelWindowExceeded,
    ProviderError,
    ProviderEvent,
    Reasoning,
    ToolUse,
    Usage,
)
from services.llm.providers.chat_stream import ChatStream
from services.llm.providers.openai_errors import refusal
from tests.llm.providers.reading import completed, only, text, tokens

CALL = b'{"function": {"name": "f", "arguments": "{}"}%s}'
CALLS = b'data: {"choices": [{"delta": {"tool_calls": [%s]}}]}\n'
TEXT = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n'
STOP = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n'


def read(*events: bytes) -> list[ProviderEvent]:
    """Read a whole answer."""
    stream = ChatStream("m")
    for event in events:
        stream.feed(event)
    return [*stream.take(), *stream.end()]


@pytest.mark.parametrize("field", [b"reasoning_content", b"reasoning"])
def test_thoughts_come_in_either_field(field: bytes):
    events = read(b'data: {"choices": [{"delta": {"%s": "Hm"}}]}\n' % field, TEXT, STOP)

    assert text(events, Reasoning) == "Hm"
    assert text(events) == "Hi"


def test_both_fields_of_thoughts_are_said_once():
    both = b'{"reasoning_content": "Hm", "reasoning": "Hm"}'

    events = read(b'data: {"choices": [{"delta": %s}]}\n' % both, STOP)

    assert text(events, Reasoning) == "Hm"


def test_calls_need_no_index_and_no_id_and_no_reason():
    events = read(CALLS % (CALL % b""), CALLS % (CALL % b""), STOP)

    assert [use.name for use in only(ToolUse, events)] == ["f", "f"]
    assert len({use.id for use in only(ToolUse, events)}) == 2
    assert completed(events).finish_reason == "tool_calls"


def test_several_calls_may_come_at_once():
    two = CALLS % b", ".join((CALL % b', "index": 0', CALL % b', "index": 1'))

    assert len(only(ToolUse, read(two, STOP))) == 2


def test_a_call_that_was_cut_off_is_none():
    cut = STOP.replace(b"stop", b"length")

    events = read(CALLS % (CALL % b', "index": 0'), cut)

    assert only(ToolUse, events) == []
    assert completed(events).finish_reason == "length"


def test_a_call_of_nothing_breaks_the_protocol():
    with pytest.raises(ModelProtocol):
        read(CALLS % b'{"index": 0}', STOP)


def test_an_answer_without_usage_is_counted():
    events = read(TEXT, TEXT, TEXT, STOP)

    assert tokens(events) == 3
    assert completed(events).output_tokens == 3


def test_usage_that_comes_early_is_told_early():
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 9}}\n'

    events = read(usage, TEXT, STOP)

    assert [type(event) for event in events[:2]] == [Usage, Delta]


def test_a_refusal_is_said_and_ends_as_one():
    refused = b'data: {"choices": [{"delta": {"refusal": "I cannot."}}]}\n'

    events = read(refused, STOP)

    assert text(events) == "I cannot."
    assert completed(events).finish_reason == "content_filter"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (b'"anything"', ModelUnavailable),
        (b'{"code": "rate_limit_exceeded"}', ModelRateLimited),
        (b'{"code": 429}', ModelRateLimited),
        (b'{"code": 400, "message": "bad"}', ModelRejected),
        (b'{"code": "context_length_exceeded"}', ModelWindowExceeded),
        (b'{"type": "server_error"}', ModelUnavailable),
    ],
)
def test_an_error_in_mid_stream_is_a_reason(error: bytes, reason: type[ProviderError]):
    with pytest.raises(reason):
        read(TEXT, b'data: {"error": %s}\n' % error)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        # vLLM
        (
            b'{"object": "error", "message": "This model\'s maximum context length is '
            b'4096 tokens.", "type": "BadRequestError", "code": 400}',
            ModelWindowExceeded,
        ),
        # llama.cpp
        (
            b'{"error": {"code": 400, "type": "exceed_context_size_error", "message": '
            b'"the request exceeds the available context size"}}',
            ModelWindowExceeded,
        ),
        # LM Studio
        (
            b'{"error": "The number of tokens to keep is greater than the context '
            b'length"}',
            ModelWindowExceeded,
        ),
        (b'{"error": {"code": "content_filter", "message": ""}}', ModelBlocked),
        (b'{"error": {"code": "invalid_api_key"}}', ModelCredentials),
        (b'{"error": {"type": "insufficient_quota"}}', ModelRateLimited),
        (b'{"error": {"message": "no"}}', None),
        (b'{"error": [1]}', None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_refusal_is_known_by_its_words(
    said: bytes, reason: type[ProviderError] | None
):
    known = refusal(said)

    assert (type(known) if known else None) is reason
