"""Errors in the words of Anthropic and Google, and schemas in OpenAI's."""

import pytest

from services.llm.model import (
    ModelCredentials,
    ModelRateLimited,
    ModelRejected,
    ModelWindowExceeded,
    ProviderError,
)
from services.llm.providers import anthropic_stream, gemini_errors
from services.llm.providers.schemas import answer_format

ANTHROPIC = b'{"type": "error", "error": {"type": "invalid_request_error", %s}}'
GOOGLE = b'{"error": {"code": 400, "status": "INVALID_ARGUMENT", %s}}'


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"prompt is too long: 201 tokens > 200 maximum", ModelWindowExceeded),
        (
            b"input length and `max_tokens` exceed context limit: 190 + 20 > 200",
            ModelWindowExceeded,
        ),
        (
            b"Your credit balance is too low to access the Anthropic API.",
            ModelRateLimited,
        ),
        (b"messages: at least one message is required", ModelRejected),
    ],
)
def test_anthropic_refuses_in_its_own_words(
    message: bytes, reason: type[ProviderError]
):
    assert type(anthropic_stream.refusal(ANTHROPIC % b'"message": "%s"' % message)) is (
        reason
    )


def test_google_tells_a_wrong_key_in_the_details():
    details = b'"details": [{"reason": "API_KEY_INVALID", "domain": "googleapis.com"}]'

    assert type(gemini_errors.refusal(GOOGLE % details)) is ModelCredentials


def test_google_tells_in_the_details_when_to_ask_again():
    said = b'"details": [{"retryDelay": "34.5s"}]'

    error = gemini_errors.refusal(GOOGLE % said)

    assert error is not None
    assert error.retry_after == 34.5


CLOSED = '{"type": "object", "properties": {"a": {%s}}, "required": ["a"], %s}'


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED % ('"type": "string"', '"additionalProperties": false'), True),
        (CLOSED % ('"type": "string"', '"title": "open"'), False),
        (CLOSED % ('"type": "object"', '"additionalProperties": false'), False),
        ('{"type": "object", "properties": {"a": {}}}', False),
        ('{"type": "array", "items": {"type": "string"}}', True),
        ('{"anyOf": [{"type": "string"}, {"type": "object"}]}', False),
    ],
)
def test_a_model_is_held_to_the_letter_of_a_schema_that_allows_it(
    schema: str, strict: bool
):
    assert answer_format(schema)["strict"] is strict
