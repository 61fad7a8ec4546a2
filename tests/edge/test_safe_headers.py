"""What every answer of the edge tells a browser, whoever it comes from."""

import aiohttp
import pytest
from aiohttp import web

from tests.edge.envoy_process import Envoy
from tests.edge.rpcs import ASK_FOR_IT

ANSWERS = {
    "a page": ("GET", "/", 200),
    "the keys": ("GET", "/.well-known/jwks.json", 200),
    "health": ("GET", "/healthz", 200),
    "a refusal": ("GET", f"/v1/{ASK_FOR_IT.name}", 401),
    "an unknown path": ("POST", "/nothing", 404),
}


@pytest.fixture(params=ANSWERS)
async def answer(
    request: pytest.FixtureRequest, envoy: Envoy
) -> aiohttp.ClientResponse:
    """Each kind of answer in turn."""
    verb, path, status = ANSWERS[request.param]
    async with envoy.http.request(verb, f"{envoy.url}{path}") as response:
        await response.read()
    assert response.status == status
    return response


@pytest.mark.asvs("3.2.1", "3.4.4", "3.4.5", "3.4.6")
async def test_every_answer_tells_browsers_to_be_careful(
    answer: aiohttp.ClientResponse,
) -> None:
    assert answer.headers.getall("x-content-type-options") == ["nosniff"]
    assert answer.headers.getall("referrer-policy") == ["no-referrer"]
    (policy,) = answer.headers.getall("content-security-policy")
    assert policy == "default-src 'none'; frame-ancestors 'none'"


async def test_nothing_is_said_of_tls_where_there_is_none(
    answer: aiohttp.ClientResponse,
) -> None:
    """RFC 6797 forbids it."""
    assert "strict-transport-security" not in answer.headers


@pytest.mark.asvs("4.1.1")
async def test_an_answer_says_what_it_is(envoy: Envoy) -> None:
    kinds = {}
    for name, (verb, path, _) in ANSWERS.items():
        async with envoy.http.request(verb, f"{envoy.url}{path}") as response:
            if await response.read():
                kinds[name] = response.headers["content-type"]

    assert kinds == {
        "a page": "text/html; charset=utf-8",
        "the keys": "application/json",
        "a refusal": "application/json",
        "an unknown path": "application/json",
    }


@pytest.mark.asvs("13.4.4")
async def test_what_was_asked_is_not_sent_back(
    envoy: Envoy, pages_asked_for: list[web.Request]
) -> None:
    before = len(pages_asked_for)
    async with envoy.http.request(
        "TRACE", f"{envoy.url}/", headers={"x-secret": "canary"}
    ) as response:
        said = await response.text()

    assert response.status == 404
    assert "canary" not in said
    assert len(pages_asked_for) == before
