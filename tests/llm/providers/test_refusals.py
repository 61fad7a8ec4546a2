"""Every refusal of a provider is one of a few typed errors."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web

from services.llm.model import (
    ModelBlocked,
    ModelCredentials,
    ModelNotFound,
    ModelProtocol,
    ModelRateLimited,
    ModelRejected,
    ModelUnavailable,
    ModelWindowExceeded,
    ProviderError,
)
from services.llm.ports import Provider
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream
from tests.llm.providers.pages import page, replying
from tests.llm.providers.protocols import PROTOCOLS, Protocol
from tests.llm.providers.reading import QUESTION, told

MEGABYTE = 1024 * 1024
STATUSES = {
    400: ModelRejected,
    401: ModelCredentials,
    402: ModelRateLimited,
    403: ModelCredentials,
    404: ModelNotFound,
    413: ModelRejected,
    422: ModelRejected,
    429: ModelRateLimited,
    500: ModelUnavailable,
    502: ModelUnavailable,
    503: ModelUnavailable,
    529: ModelUnavailable,
}


@pytest.mark.parametrize(("status", "reason"), STATUSES.items())
async def test_a_status_is_a_reason(
    provider: Provider, upstream: Upstream, status: int, reason: type[Exception]
):
    upstream.rescript(Script(status=status))

    events, error = await told(provider.generate(QUESTION))

    assert events == []
    assert type(error) is reason
    assert upstream.counts["asked"] == 1


async def test_a_model_that_is_not_there_is_named(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(status=404))

    _, error = await told(provider.generate(replace(QUESTION, model="missing")))

    assert isinstance(error, ModelNotFound)
    assert error.metadata == {"model": "missing"}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "value", "seconds"),
    [
        ("Retry-After", "7", 7.0),
        ("Retry-After", "0.5", 0.5),
        ("retry-after-ms", "1500", 1.5),
        ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Retry-After", "soon", None),
        ("Retry-After", "-3", None),
        ("Retry-After", "inf", None),
        ("X-Other", "7", None),
    ],
)
async def test_the_provider_says_when_to_ask_again(
    provider: Provider,
    upstream: Upstream,
    status: int,
    header: str,
    value: str,
    seconds: float | None,
):
    upstream.rescript(Script(status=status, headers=((header, value),)))

    _, error = await told(provider.generate(QUESTION))

    assert isinstance(error, ProviderError)
    assert error.retry_after == seconds


async def test_a_date_says_when_to_ask_again(provider: Provider, upstream: Upstream):
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
    upstream.rescript(Script(status=429, headers=(("Retry-After", date),)))

    _, error = await told(provider.generate(QUESTION))

    assert isinstance(error, ModelRateLimited)
    assert error.retry_after is not None
    assert 100 < error.retry_after <= 120


async def test_a_question_longer_than_the_window_is_known(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(problem="window"))

    _, error = await told(provider.generate(QUESTION))

    assert type(error) is ModelWindowExceeded


@pytest.mark.parametrize(
    "protocol",
    [protocol for protocol in PROTOCOLS if protocol.name != "anthropic"],
    ids=lambda protocol: protocol.name,
)
async def test_a_question_that_a_filter_refuses_is_blocked(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(problem="blocked"))

    _, error = await told(provider.generate(QUESTION))

    assert type(error) is ModelBlocked


async def test_nobody_at_the_address_is_unavailable(
    protocol: Protocol, session: aiohttp.ClientSession
):
    for url in ("http://127.0.0.1:9", "http://nowhere.invalid"):
        _, error = await told(protocol.open(session, url).generate(QUESTION))

        assert type(error) is ModelUnavailable


async def test_a_certificate_that_nobody_signed_is_unavailable(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    address = upstream.url.replace("http:", "https:")

    _, error = await told(protocol.open(session, address).generate(QUESTION))

    assert type(error) is ModelUnavailable
    assert isinstance(error.__cause__, aiohttp.ClientError | ssl.SSLError)


@pytest.mark.parametrize(
    "body",
    [b"<html>hello</html>", b"", b"[]", b"data: null\n\n", b"\x00" * 1_000, b"\n" * 99],
)
async def test_a_page_that_is_no_stream_breaks_the_protocol(
    protocol: Protocol, session: aiohttp.ClientSession, body: bytes
):
    async with replying(page(body)) as url:
        _, error = await told(protocol.open(session, url).generate(QUESTION))

    assert type(error) is ModelProtocol


async def test_a_refusal_without_end_is_not_read_on(
    protocol: Protocol, session: aiohttp.ClientSession
):
    written, left = 0, asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse(status=429)
        await response.prepare(request)
        try:
            while written < 100 * MEGABYTE:
                await response.write(b"[" * 64 * 1024)
                written += 64 * 1024
        finally:
            left.set()
        return response

    async with replying(endless) as url:
        _, error = await told(protocol.open(session, url).generate(QUESTION))
        await left.wait()

    assert type(error) is ModelRateLimited
    assert written < 16 * MEGABYTE


@pytest.mark.asvs("15.3.2")
async def test_nobody_is_led_elsewhere_with_the_key(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
):
    async def lead(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"{upstream.url}{request.path_qs}")

    async with replying(lead) as url:
        _, error = await told(protocol.open(session, url).generate(QUESTION))

    assert type(error) is ModelUnavailable
    assert upstream.counts["asked"] == 0


async def test_a_server_that_speaks_no_http_breaks_the_protocol(
    protocol: Protocol, session: aiohttp.ClientSession
):
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        _, error = await told(protocol.open(session, url).generate(QUESTION))

    assert type(error) is ModelProtocol
