"""An API key is exchanged at the edge for a short access token, by any protocol."""

import pytest

from tests.edge.envoy_process import Envoy
from tests.edge.protocols import Client, JsonClient
from tests.edge.rpcs import (
    ASK,
    ASK_FOR_IT,
    CREATE_USER,
    EXCHANGE,
    EXCHANGE_IT,
    GENERATE,
    GET,
    NEW_USER,
    SEND,
)
from tests.edge.rpcs import ASK_A_MODEL as MODEL
from tests.edge.servicers import Script
from tests.edge.tokens import Signer

KEY = "parley_" + "k" * 60
OTHER = "parley_" + "x" * 60


@pytest.fixture
def key(script: Script, signer: Signer) -> str:
    """A key that auth exchanges."""
    script.api_keys[KEY] = signer.token(sid=None, scope="chat", key="a key")
    return KEY


async def test_a_key_becomes_an_access_token(
    key: str, script: Script, client: Client
) -> None:
    answer = await client.call(GET, ASK_FOR_IT, token=key)

    assert answer.code == "OK"
    token = script.api_keys[key]
    assert script.last.metadata["authorization"] == f"Bearer {token}"
    # The key itself goes no further than to auth, and not as an access token.
    assert key not in str(script.last.metadata)
    (asked,) = script.exchanged
    assert asked["x-parley-api-key"] == f"Bearer {key}"
    assert "authorization" not in asked
    assert asked["x-envoy-external-address"] == "127.0.0.1"


@pytest.mark.parametrize(("rpc", "request_"), [(SEND, ASK), (GENERATE, MODEL)])
async def test_a_key_opens_a_stream(
    key: str, script: Script, client: Client, rpc, request_
) -> None:
    answer = await client.call(rpc, request_, token=key)

    assert answer.code == "OK"
    assert answer.responses
    assert script.last.metadata["authorization"] == f"Bearer {script.api_keys[key]}"


async def test_what_a_call_says_does_not_change_what_is_asked(
    key: str, script: Script, json_client: JsonClient
) -> None:
    answer = await json_client.send(
        GET,
        f"/v1/{ASK_FOR_IT.name}",
        "",
        token=key,
        headers={
            "x-parley-api-key": f"Bearer {OTHER}",
            "x-envoy-external-address": "198.51.100.7",
        },
    )

    assert answer.code == "OK"
    (asked,) = script.exchanged
    assert asked["x-parley-api-key"] == f"Bearer {key}"
    assert asked["x-envoy-external-address"] == "127.0.0.1"


async def test_a_key_that_auth_does_not_know_is_refused(
    script: Script, client: Client
) -> None:
    answer = await client.call(GET, ASK_FOR_IT, token=OTHER)

    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "API_KEY_INVALID")
    assert OTHER not in str(answer)
    assert not script.seen
    assert script.exchanged


@pytest.mark.parametrize(
    "value", [f"BEARER {KEY}", f"Bearer  {KEY}", f"Basic {KEY}", KEY, f"Bearer\t{KEY}"]
)
async def test_a_key_that_is_written_otherwise_is_no_key(
    key: str, script: Script, json_client: JsonClient, value: str
) -> None:
    answer = await json_client.send(
        GET, f"/v1/{ASK_FOR_IT.name}", "", headers={"authorization": value}
    )

    assert answer.code == "UNAUTHENTICATED"
    assert not script.seen


async def test_a_key_elsewhere_is_not_seen(
    key: str, script: Script, json_client: JsonClient
) -> None:
    for query, headers in (
        (f"?access_token={key}", {}),
        (f"?api_key={key}", {}),
        ("", {"cookie": f"__Host-parley_refresh={key}"}),
    ):
        answer = await json_client.send(
            GET, f"/v1/{ASK_FOR_IT.name}{query}", "", headers=headers
        )

        assert answer.code == "UNAUTHENTICATED"
    assert not script.seen
    assert not script.exchanged


async def test_what_auth_gives_for_a_key_is_checked_as_any_access_token(
    script: Script, client: Client
) -> None:
    script.api_keys[KEY] = Signer().token()

    answer = await client.call(GET, ASK_FOR_IT, token=KEY)

    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")
    assert not script.seen


async def test_too_many_keys_are_too_many_attempts(
    script: Script, client: Client
) -> None:
    script.exhausted = True

    answer = await client.call(GET, ASK_FOR_IT, token=OTHER)

    assert (answer.code, answer.reason) == ("RESOURCE_EXHAUSTED", "TOO_MANY_ATTEMPTS")
    assert answer.retry_seconds
    assert not script.seen


async def test_nobody_is_let_in_while_auth_cannot_be_asked(
    key: str, script: Script, client: Client
) -> None:
    script.down = True

    answer = await client.call(GET, ASK_FOR_IT, token=key)

    assert (answer.code, answer.reason) == ("UNAVAILABLE", "UNAVAILABLE")
    assert answer.metadata == {"part": "auth"}
    assert not script.seen


async def test_the_edge_alone_says_which_key_came(
    key: str, script: Script, client: Client
) -> None:
    forged = {"x-parley-api-key": f"Bearer {key}"}

    answer = await client.call(EXCHANGE, EXCHANGE_IT, headers=forged)

    assert answer.code == "UNAUTHENTICATED"
    (asked,) = script.exchanged
    assert "x-parley-api-key" not in asked


async def test_who_brings_an_access_token_passes_by(
    script: Script, client: Client, token: str, envoy: Envoy
) -> None:
    before = await envoy.stat("cluster.exchange.upstream_rq_total")
    for sent in ("", token):
        await client.call(GET, ASK_FOR_IT, token=sent)
        await client.call(CREATE_USER, NEW_USER, token=sent)

    assert not script.exchanged
    assert await envoy.stat("cluster.exchange.upstream_rq_total") == before
