"""What the edge refuses gets one typed error, the same in every protocol."""

import asyncio
from dataclasses import replace
from pathlib import Path
from time import monotonic

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from yarl import URL

from edge.envoy.render import Edge
from tests.edge.envoy_process import Envoy, running
from tests.edge.protocols import Answer, Client, JsonClient, Rpc, clients_of
from tests.edge.rpcs import (
    ASK,
    ASK_FOR_IT,
    CREATE_USER,
    EMPTY,
    GET,
    HUGE,
    NEW_USER,
    SEND,
)
from tests.edge.servicers import Context, Reply, Script, event

# What an edge that is told to take one call a second takes of an address.
BURST, FILL_SECONDS = 2, 1.0
AT_ONCE = 20


async def test_a_call_without_a_token(script: Script, client: Client) -> None:
    answer = await client.call(GET, ASK_FOR_IT)

    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not script.seen


@pytest.mark.asvs("5.2.1")
async def test_a_message_of_a_megabyte(
    script: Script, client: Client, token: str
) -> None:
    answer = await client.call(SEND, HUGE, token=token)

    assert (answer.code, answer.reason) == ("RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE")
    assert not script.seen


async def test_a_megabyte_before_there_is_a_token(
    script: Script, client: Client
) -> None:
    answer = await client.call(CREATE_USER, type(NEW_USER)(password="x" * 1_000_000))

    assert (answer.code, answer.reason) == ("RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE")
    assert not script.seen


@pytest.mark.asvs("13.4.5")
@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/parley.chat.v1.MessageService/Unsend", "/v1/unsend"),
        ("/parley.chat.v1.UnknownService/Send", "/v1/users"),
        ("/parley.chat.v1.MessageService/SendMessage/more", "/v1/models"),
        ("/grpc.health.v1.Health/Check", "/parley.chat.v1.MessageService/SendMessage"),
        ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/v1/"),
        ("/", "/anything"),
    ],
)
async def test_an_unknown_method(
    path: str, rest: str, script: Script, client: Client, token: str
) -> None:
    verb = "DELETE" if rest in ("/v1/users", "/v1/models") else "POST"

    answer = await client.call(Rpc(path, verb, rest, type(EMPTY)), EMPTY, token=token)

    assert (answer.code, answer.reason) == ("UNIMPLEMENTED", "UNKNOWN_METHOD")
    assert not script.seen


async def test_a_path_with_escaped_slashes(envoy: Envoy, token: str) -> None:
    rpc = replace(GET, path=GET.path.replace("/Get", "%2fGet"), rest="/v1/users%2fme")
    async with clients_of(envoy) as (grpc_client, _, json_client):
        for client in (grpc_client, json_client):
            answer = await client.call(rpc, ASK_FOR_IT, token=token)

            assert (answer.code, answer.reason) == ("UNIMPLEMENTED", "UNKNOWN_METHOD")


async def test_what_is_refused_before_it_is_read_tells_grpc_web_by_the_http_status(
    envoy: Envoy,
) -> None:
    async with envoy.http.post(
        URL(f"{envoy.url}/parley%2fmore", encoded=True),
        headers={"content-type": "application/grpc-web+proto"},
    ) as response:
        said = await response.json()

    assert response.status == 404
    assert said["details"][0]["reason"] == "UNKNOWN_METHOD"


@pytest.mark.asvs("4.1.3")
async def test_headers_with_underscores(
    script: Script, json_client: JsonClient, token: str
) -> None:
    answer = await json_client.call(
        GET, ASK_FOR_IT, token=token, headers={"x_forwarded_for": "6.6.6.6"}
    )

    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert answer.metadata["field"] == "headers"
    assert not script.seen


@pytest.mark.asvs("2.4.1")
async def test_too_many_calls_from_one_address(
    edge: Edge, script: Script, tmp_path: Path
) -> None:
    few = replace(edge, requests_per_second_per_address=1)
    async with running(few, tmp_path) as envoy, clients_of(envoy) as clients:
        began = monotonic()
        let_in = 0
        for client in clients:
            answers = [Answer("OK")]
            while {answer.code for answer in answers} == {"OK"}:
                calls = (client.call(CREATE_USER, NEW_USER) for _ in range(AT_ONCE))
                answers = await asyncio.gather(*calls)
                let_in += sum(answer.code == "OK" for answer in answers)
            for answer in (each for each in answers if each.code != "OK"):
                said = (answer.code, answer.reason)
                assert said == ("RESOURCE_EXHAUSTED", "OVERLOADED")
                assert answer.retry_seconds == 1
                assert answer.headers["retry-after"] == "1"
        took = monotonic() - began

    assert BURST <= let_in <= BURST + 1 + took / FILL_SECONDS


async def test_an_answer_that_is_too_large_for_json(
    edge: Edge, script: Script, token: str, tmp_path: Path
) -> None:
    script.title = "x" * 2_000
    async with (
        running(replace(edge, max_response_bytes=1_000), tmp_path) as envoy,
        clients_of(envoy) as (*_, json_client),
    ):
        await envoy.until_keys()
        answer = await json_client.call(GET, ASK_FOR_IT, token=token)

    assert (answer.code, answer.reason) == ("INTERNAL", "INTERNAL")


async def test_an_error_of_a_part_is_passed_on_as_it_is(
    script: Script, client: Client, token: str
) -> None:
    script.reply = refuse

    answer = await client.call(SEND, ASK, token=token)

    assert (answer.code, answer.reason) == ("NOT_FOUND", "CONVERSATION_NOT_FOUND")
    assert answer.metadata == {"conversation": "1"}


@pytest.mark.asvs("13.4.5")
async def test_the_admin_listens_on_loopback_alone(envoy: Envoy) -> None:
    async with envoy.http.get(f"http://{envoy.edge.admin}/listeners") as response:
        listeners = await response.text()

    assert envoy.edge.admin.startswith("127.0.0.1:")
    assert f"edge::{envoy.target}" in listeners
    assert "keys::@" in listeners
    assert "exchange::@" in listeners
    assert len(listeners.splitlines()) == 3


async def refuse(request: object, context: Context) -> Reply:
    """Play a part that refuses."""
    status = status_pb2.Status(code=5, message="There is no such conversation.")
    status.details.add().Pack(
        error_details_pb2.ErrorInfo(
            reason="CONVERSATION_NOT_FOUND",
            domain="parley.dev",
            metadata={"conversation": "1"},
        )
    )
    details = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(grpc.StatusCode.NOT_FOUND, status.message, details)
    yield event(1)
