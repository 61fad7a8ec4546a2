"""What the edge takes from a request's headers, what it adds, and what it hides."""

import pytest

from tests.edge.conftest import ORIGIN
from tests.edge.envoy_process import Envoy
from tests.edge.protocols import Client, JsonClient, bearer
from tests.edge.rpcs import ASK_FOR_IT, GET, SEND
from tests.edge.servicers import Script

SPOOFED = {
    "x-envoy-external-address": "6.6.6.6",
    "x-envoy-internal": "true",
    "x-envoy-original-path": "/x",
    "x-envoy-upstream-rq-timeout-ms": "1",
    "x-envoy-retry-on": "5xx",
    "x-parley-user": "users/me",
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-client-cert": "By=me",
    "x-real-ip": "6.6.6.6",
    "forwarded": "for=6.6.6.6",
    "x-request-id": "mine",
}
EXPOSED = {
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
}


@pytest.mark.asvs("4.1.3", "15.3.4")
async def test_spoofed_headers_do_not_arrive(
    script: Script, client: Client, token: str
) -> None:
    answer = await client.call(GET, ASK_FOR_IT, token=token, headers=SPOOFED)

    assert answer.code == "OK"
    came = script.last.metadata
    assert came["x-envoy-external-address"] == "127.0.0.1"
    assert came["x-forwarded-proto"] == "http"
    assert came["x-request-id"] == answer.headers["x-request-id"]
    spoofed = {key for key in SPOOFED if came.get(key) == SPOOFED[key]}
    assert not spoofed
    assert "6.6.6.6" not in str(came)


@pytest.mark.asvs("14.3.2")
async def test_an_answer_of_the_api_is_not_kept_and_hides_the_server(
    script: Script, client: Client, token: str
) -> None:
    for answer in (
        await client.call(GET, ASK_FOR_IT, token=token),
        await client.call(GET, ASK_FOR_IT),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        hidden = ("server", "x-envoy", "x-edge", "x-powered-by")
        assert not [key for key in answer.headers if key.startswith(hidden)]


async def test_a_page_hides_the_server(envoy: Envoy) -> None:
    async with envoy.http.get(envoy.url) as response:
        assert "server" not in response.headers


async def test_the_keys_may_be_kept(envoy: Envoy) -> None:
    async with envoy.http.get(f"{envoy.url}/.well-known/jwks.json") as response:
        said = await response.json()

    assert response.headers["cache-control"] == "public, max-age=300"
    assert [key["kty"] for key in said["keys"]] == ["EC"]


async def test_a_site_that_is_allowed_may_call(envoy: Envoy) -> None:
    for path, verb in ((SEND.path, "POST"), ("/v1/users", "POST"), (GET.path, "PATCH")):
        async with envoy.http.options(
            f"{envoy.url}{path}",
            headers={
                "origin": ORIGIN,
                "access-control-request-method": verb,
                "access-control-request-headers": "authorization,x-grpc-web",
            },
        ) as response:
            assert response.status == 200
            allowed = response.headers["access-control-allow-headers"].split(", ")
            assert response.headers["access-control-allow-origin"] == ORIGIN
            assert {"authorization", "x-grpc-web", "grpc-timeout"} <= {*allowed}
            assert verb in response.headers["access-control-allow-methods"]


@pytest.mark.asvs("3.4.2")
async def test_a_site_that_is_allowed_can_read_answers_and_errors(
    script: Script, client: Client, token: str
) -> None:
    for sent in (token, ""):
        answer = await client.call(
            GET, ASK_FOR_IT, token=sent, headers={"origin": ORIGIN}
        )

        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-allow-credentials"] == "true"
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert set(exposed) >= EXPOSED


@pytest.mark.asvs("3.4.2", "3.5.2")
async def test_another_site_may_not_call(envoy: Envoy) -> None:
    async with envoy.http.options(
        f"{envoy.url}{SEND.path}",
        headers={
            "origin": "https://evil.example",
            "access-control-request-method": "POST",
        },
    ) as response:
        assert response.status >= 400
        assert not cors(response.headers)


@pytest.mark.asvs("3.4.2")
async def test_another_site_cannot_read(
    script: Script, json_client: JsonClient, token: str
) -> None:
    answer = await json_client.call(
        GET, ASK_FOR_IT, token=token, headers={"origin": f"{ORIGIN}.evil.example"}
    )

    assert not cors(answer.headers)


@pytest.mark.asvs("16.2.5", "16.3.3")
async def test_the_access_log_tells_a_call_and_no_secret(
    envoy: Envoy, script: Script, json_client: JsonClient, token: str
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = await json_client.send(
        GET,
        f"/v1/{ASK_FOR_IT.name}?secret=1",
        "",
        token=token,
        headers={
            "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
            "cookie": "secret=1",
        },
    )
    assert answer.reason == "UNKNOWN_FIELD"

    line = await envoy.logged(
        lambda line: line.get("request_id") == answer.headers["x-request-id"]
    )

    assert line["path"] == f"/v1/{ASK_FOR_IT.name}"
    assert (line["method"], line["status"]) == ("GET", 400)
    assert line["trace_id"] == trace
    assert "secret" not in str(line)
    assert token not in str(line)


async def test_the_web_app_is_given_no_api_headers(envoy: Envoy, token: str) -> None:
    async with envoy.http.get(envoy.url, headers=bearer(token)) as response:
        assert response.headers["cache-control"] == "no-cache"


def cors(headers: object) -> list[str]:
    """Name the headers that let a site in."""
    return [key for key in dict(headers) if "access-control" in key.lower()]  # type: ignore[call-overload]
