"""Every call has a bound: in time, in silence, in number, in what it holds."""

import asyncio
import socket
from collections import deque
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from deploy.local.ports import free_port
from edge.envoy.render import Edge
from parley.llm.v1 import speech_service_pb2
from tests.edge import servicers
from tests.edge.envoy_process import Envoy, running
from tests.edge.parts import Part
from tests.edge.patience import patiently
from tests.edge.protocols import (
    GrpcClient,
    clients_of,
    frame,
)
from tests.edge.rpcs import (
    ASK,
    ASK_FOR_IT,
    CREATE_USER,
    GET,
    NEW_USER,
    SEND,
    TRANSCRIBE,
)
from tests.edge.servicers import Context, Reply, ReplyEvent, Script, event, noticing

BEATS, BEAT_SECONDS = 14, 0.25


async def test_a_call_that_takes_too_long_is_ended_and_a_stream_is_not(
    edge: Edge, own_chat: Part, script: Script, token: str, tmp_path: Path
) -> None:
    quick = replace(edge, chat=(own_chat.address,), unary_seconds=1, silent_seconds=3)
    async with running(quick, tmp_path) as envoy, clients_of(envoy) as clients:
        await envoy.until_keys()

        script.reply = beat
        replies = [client.call(SEND, ASK, token=token) for client in clients]
        script.patience = asyncio.Event()
        slow = [client.call(GET, ASK_FOR_IT, token=token) for client in clients]
        answers = await asyncio.gather(*replies, *slow)

    for answer in answers[: len(clients)]:
        assert answer.code == "OK"
        assert len(answer.responses) == BEATS + 1
    for answer in answers[len(clients) :]:
        assert (answer.code, answer.reason) == ("UNAVAILABLE", "UNAVAILABLE")
        assert answer.metadata == {"part": "chat"}


async def test_a_recording_may_take_longer_than_other_calls(
    edge: Edge, script: Script, token: str, tmp_path: Path
) -> None:
    recording = speech_service_pb2.TranscribeSpeechRequest(audio=b"OggS")
    script.patience = asyncio.Event()
    quick = replace(edge, unary_seconds=1)
    async with running(quick, tmp_path) as envoy, clients_of(envoy) as clients:
        await envoy.until_keys()
        calls = [
            asyncio.create_task(client.call(TRANSCRIBE, recording, token=token))
            for client in clients
        ]
        other = await clients[0].call(GET, ASK_FOR_IT, token=token)
        script.patience.set()
        answers = await asyncio.gather(*calls)

    assert other.code == "UNAVAILABLE"
    assert [answer.code for answer in answers] == ["OK"] * len(clients)


async def test_a_stream_that_went_silent_is_ended(
    edge: Edge, own_chat: Part, script: Script, token: str, tmp_path: Path
) -> None:
    gone = asyncio.Event()
    script.reply = noticing(gone)
    quick = replace(edge, chat=(own_chat.address,), silent_seconds=3)
    async with running(quick, tmp_path) as envoy, clients_of(envoy) as (client, *_):
        await envoy.until_keys()
        answer = await client.call(SEND, ASK, token=token)
        async with asyncio.timeout(10):
            await gone.wait()

    assert answer.code != "OK"
    assert len(answer.responses) == 1


async def test_an_edge_without_memory_says_that_it_is_busy(
    edge: Edge, script: Script, tmp_path: Path
) -> None:
    full = replace(edge, max_heap_bytes=1_000_000)
    async with running(full, tmp_path) as envoy, clients_of(envoy) as clients:
        refusing = "overload.envoy.overload_actions.stop_accepting_requests.active"
        await envoy.until_stat(refusing, 1)
        grpc_client, _, json_client = clients
        for client in (grpc_client, json_client):
            answer = await client.call(CREATE_USER, NEW_USER)

            assert (answer.code, answer.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
            assert answer.retry_seconds == 1
    assert not script.seen


async def test_an_edge_that_is_too_full_to_take_calls_still_lives(
    edge: Edge, tmp_path: Path
) -> None:
    full = replace(edge, max_heap_bytes=1_000_000, metrics_port=free_port())
    async with running(full, tmp_path) as envoy:
        refusing = "overload.envoy.overload_actions.stop_accepting_requests.active"
        await envoy.until_stat(refusing, 1)

        async with envoy.http.get(f"{envoy.url}/healthz") as response:
            takes_calls = response.status
        alive = f"http://127.0.0.1:{envoy.edge.metrics_port}/livez"
        async with envoy.http.get(alive) as response:
            lives = response.status

    assert (takes_calls, lives) == (429, 200)


@pytest.mark.asvs("15.2.2")
async def test_streams_beyond_the_limit_are_refused(
    edge: Edge, own_chat: Part, script: Script, token: str, tmp_path: Path
) -> None:
    gone = asyncio.Event()
    script.reply = noticing(gone)
    few = replace(edge, chat=(own_chat.address,), max_live_streams=1)
    async with (
        running(few, tmp_path) as envoy,
        clients_of(envoy) as clients,
        grpc.aio.insecure_channel(envoy.target) as channel,
    ):
        await envoy.until_keys()
        call = GrpcClient(envoy, channel).open(SEND, ASK, token=token)
        await call.read()
        for client in clients:
            answer = await client.call(SEND, ASK, token=token)

            assert (answer.code, answer.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
            assert answer.retry_seconds == 1
        call.cancel()
        async with asyncio.timeout(10):
            await gone.wait()


@pytest.mark.asvs("15.2.2")
async def test_callers_that_do_not_read_hold_up_nobody_else(
    own_envoy: Envoy, script: Script, token: str
) -> None:
    # Together they could fill any window that their connection to chat shares.
    sent = [0]
    script.reply = flooding(sent)
    body = frame(ASK)
    lines = (
        f"POST {SEND.path} HTTP/1.1",
        "host: parley",
        f"content-length: {len(body)}",
        "content-type: application/grpc-web+proto",
        f"authorization: Bearer {token}",
    )
    request = "\r\n".join([*lines, "", ""]).encode() + body
    with ExitStack() as stack:
        for _ in range(32):
            caller = socket.create_connection(("127.0.0.1", own_envoy.edge.port))
            stack.enter_context(caller).sendall(request)
        await until_still(sent)

        script.reply = servicers.reply
        async with clients_of(own_envoy) as clients, asyncio.timeout(30):
            for client in clients:
                answer = await client.call(SEND, ASK, token=token)
                assert answer.code == "OK"


async def beat(request: object, context: Context) -> Reply:
    """Play a reply that thinks for longer than a silent stream may last."""
    for _ in range(BEATS):
        yield event(1, heartbeat=ReplyEvent.Heartbeat())
        await asyncio.sleep(BEAT_SECONDS)
    yield event(1, completed=ReplyEvent.Completed())


def flooding(sent: list[int]) -> servicers.Play:
    """Play more than anybody reads, and count it."""

    async def play(request: object, context: Context) -> Reply:
        while True:
            yield event(1, delta=ReplyEvent.Delta(text="x" * 50_000))
            sent[0] += 1

    return play


async def until_still(count: list[int]) -> None:
    """Wait until nothing more has been counted for ten looks."""
    looks: deque[int] = deque(maxlen=10)

    @patiently
    async def still() -> None:
        looks.append(count[0])
        assert looks.count(count[0]) == looks.maxlen

    await still()
