"""Streams that break, and what is told of them by then."""

import logging

import pytest

from services.llm.model import ModelProtocol, ModelUnavailable
from services.llm.ports import Provider
from tests.doubles.script import MALFORMED, Script, words
from tests.doubles.upstream import Upstream
from tests.llm.providers.protocols import Protocol
from tests.llm.providers.reading import QUESTION, completed, text, tokens, told

MEGABYTE = 1024 * 1024


async def test_what_is_no_json_breaks_the_protocol(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(5), insert_after=3, insert=MALFORMED))

    events, error = await told(provider.generate(QUESTION))

    assert type(error) is ModelProtocol
    assert text(events) == "".join(words(3))
    assert tokens(events) == 3


async def test_what_is_no_text_breaks_the_protocol(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(insert_after=2, insert=b"data: \xff\xfe\n\n"))

    _, error = await told(provider.generate(QUESTION))

    assert type(error) is ModelProtocol


async def test_wrong_types_break_the_protocol(
    protocol: Protocol, provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(insert_after=2, insert=protocol.wrong_types))

    _, error = await told(provider.generate(QUESTION))

    assert type(error) is ModelProtocol


async def test_a_provider_may_fail_in_mid_stream(
    protocol: Protocol, provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(insert_after=2, insert=protocol.overloaded))

    events, error = await told(provider.generate(QUESTION))

    assert type(error) is ModelUnavailable
    assert text(events) == "".join(words(2))


@pytest.mark.parametrize("cut", [0, 5])
async def test_half_a_stream_breaks_the_protocol_and_is_told(
    provider: Provider, upstream: Upstream, cut: int
):
    upstream.rescript(Script(tokens=words(20), delay=0.002, cut_after=cut))

    events, error = await told(provider.generate(QUESTION))

    assert type(error) is ModelProtocol
    assert text(events) == "".join(words(cut))
    assert tokens(events) == cut


async def test_a_token_of_ten_megabytes_breaks_the_protocol(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=("x" * 10_000_000, "y")))

    events, error = await told(provider.generate(QUESTION))

    assert type(error) is ModelProtocol
    assert text(events) == ""


async def test_a_token_of_half_a_megabyte_is_read(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=("x" * 500_000,)))

    events, _ = await told(provider.generate(QUESTION))

    assert text(events) == "x" * 500_000
    assert completed(events)


async def test_a_line_that_does_not_end_is_not_read_on(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(flood=100 * MEGABYTE))

    _, error = await told(provider.generate(QUESTION))

    await upstream.disconnected()
    assert type(error) is ModelProtocol
    assert upstream.written < 16 * MEGABYTE  # most of it waits in the sockets


async def test_no_error_and_no_log_holds_what_the_provider_said(
    protocol: Protocol,
    provider: Provider,
    upstream: Upstream,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG, "services")
    upstream.rescript(Script(insert_after=2, insert=protocol.overloaded))

    _, error = await told(provider.generate(QUESTION))

    assert error is not None
    assert "secret" not in f"{error!r}{error.metadata}{error.__cause__!r}"
    assert [r for r in caplog.records if r.name.startswith("services")] == []
