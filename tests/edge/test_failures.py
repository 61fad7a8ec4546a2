"""What happens to calls when parts of Parley, or their callers, go away."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import aiohttp
import grpc
import pytest

from edge.envoy.render import Edge
from tests.edge import servicers
from tests.edge.envoy_process import Envoy, running
from tests.edge.parts import Part, part
from tests.edge.patience import patiently
from tests.edge.protocols import (
    Client,
    GrpcClient,
    bearer,
    clients_of,
    events,
    frame,
    unframe,
)
from tests.edge.rpcs import ASK, ASK_FOR_IT, EMPTY, GET, LIST_MODELS, NAME, SEND
from tests.edge.servicers import Context, Reply, ReplyEvent, Script, event


@pytest.fixture
async def own_chat(script: Script) -> AsyncIterator[Part]:
    """A chat that this test may hurt."""
    async with part(servicers.add_chat, script) as chat:
        yield chat


@pytest.fixture
async def own_envoy(edge: Edge, own_chat: Part, tmp_path: Path) -> AsyncIterator[Envoy]:
    """An edge in front of it."""
    own = replace(edge, chat=(own_chat.address,))
    async with running(own, tmp_path) as envoy:
        await envoy.until_keys()
        yield envoy


async def test_a_part_that_is_down_is_named_and_used_again_when_it_is_back(
    own_envoy: Envoy, own_chat: Part, token: str
) -> None:
    async with clients_of(own_envoy) as clients:
        for client in clients:
            await own_chat.cut()
            for call in (
                client.call(GET, ASK_FOR_IT, token=token),
                client.call(SEND, ASK, token=token),
            ):
                answer = await call

                assert (answer.code, answer.reason) == ("UNAVAILABLE", "UNAVAILABLE")
                assert answer.metadata == {"part": "chat"}
                assert answer.retry_seconds == 1

            await own_chat.mend()
            answer = await client.call(GET, ASK_FOR_IT, token=token)
            assert answer.code == "OK"


async def test_grpc_sees_that_a_stream_was_cut(
    own_envoy: Envoy, own_chat: Part, script: Script, token: str
) -> None:
    script.reply = begin
    async with grpc.aio.insecure_channel(own_envoy.target) as channel:
        call = GrpcClient(own_envoy, channel).open(SEND, ASK, token=token)
        first = await call.read()
        await own_chat.cut()

        with pytest.raises(grpc.aio.AioRpcError):
            await call.read()

    assert first == event(1, accepted=ReplyEvent.Accepted())


async def test_grpc_web_sees_that_a_stream_was_cut(
    own_envoy: Envoy, own_chat: Part, script: Script, token: str
) -> None:
    script.reply = begin
    async with own_envoy.http.post(
        f"{own_envoy.url}{SEND.path}",
        data=frame(ASK),
        headers={"content-type": "application/grpc-web+proto", **bearer(token)},
    ) as response:
        came = await response.content.readany()
        await own_chat.cut()
        with pytest.raises(aiohttp.ClientPayloadError):
            came += await response.content.read()

    messages, trailers = unframe(came)
    assert [SEND.response.FromString(message) for message in messages] == [
        event(1, accepted=ReplyEvent.Accepted())
    ]
    assert not trailers


async def test_an_event_stream_that_was_cut_has_no_last_event(
    own_envoy: Envoy, own_chat: Part, script: Script, token: str
) -> None:
    script.reply = begin
    text = ""
    async with own_envoy.http.post(
        f"{own_envoy.url}/v1/{NAME}/messages:send",
        json={"text": "Hello?"},
        headers=bearer(token),
    ) as response:
        text += (await response.content.readany()).decode()
        await own_chat.cut()
        # Whether the end looks like one is up to HTTP; the events tell.
        try:
            text += (await response.content.read()).decode()
        except aiohttp.ClientPayloadError:
            assert response.status == 200

    (only,) = events(text)
    assert "accepted" in only


async def test_a_caller_that_goes_away_is_noticed(
    envoy: Envoy, script: Script, token: str
) -> None:
    gone = asyncio.Event()
    script.reply = noticing(gone)
    async with envoy.http.post(
        f"{envoy.url}{SEND.path}",
        data=frame(ASK),
        headers={"content-type": "application/grpc-web+proto", **bearer(token)},
    ) as response:
        await response.content.readany()

    async with asyncio.timeout(10):
        await gone.wait()


async def test_a_call_that_takes_too_long_is_ended_and_a_stream_is_not(
    edge: Edge, own_chat: Part, script: Script, token: str, tmp_path: Path
) -> None:
    quick = replace(edge, chat=(own_chat.address,), unary_seconds=1, silent_seconds=1)
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


async def test_a_stream_that_went_silent_is_ended(
    edge: Edge, own_chat: Part, script: Script, token: str, tmp_path: Path
) -> None:
    gone = asyncio.Event()
    script.reply = noticing(gone)
    quick = replace(edge, chat=(own_chat.address,), silent_seconds=1)
    async with running(quick, tmp_path) as envoy, clients_of(envoy) as (client, *_):
        await envoy.until_keys()
        answer = await client.call(SEND, ASK, token=token)
        async with asyncio.timeout(10):
            await gone.wait()

    assert answer.code != "OK"
    assert len(answer.responses) == 1


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
        async with clients_of(own_envoy) as clients, asyncio.timeout(5):
            for client in clients:
                answer = await client.call(SEND, ASK, token=token)
                assert answer.code == "OK"


async def test_calls_go_to_the_replica_that_is_there(
    edge: Edge, script: Script, token: str, tmp_path: Path
) -> None:
    async with (
        part(servicers.add_llm, script) as first,
        part(servicers.add_llm, script) as second,
        running(replace(edge, llm=(first.address, second.address)), tmp_path) as envoy,
        clients_of(envoy) as clients,
    ):
        await envoy.until_keys()
        await first.cut()

        await all_well(clients, token)

        await first.mend()
        await second.drain()
        await until_healthy(envoy, 1)
        await second.cut()
        await all_well(clients, token)


BEATS = 5


async def begin(request: object, context: Context) -> Reply:
    """Play the beginning of a reply."""
    yield event(1, accepted=ReplyEvent.Accepted())
    await asyncio.Event().wait()


async def beat(request: object, context: Context) -> Reply:
    """Play a reply that thinks for longer than a silent stream may last."""
    for _ in range(BEATS):
        yield event(1, heartbeat=ReplyEvent.Heartbeat())
        await asyncio.sleep(0.4)
    yield event(1, completed=ReplyEvent.Completed())


def noticing(gone: asyncio.Event) -> servicers.Play:
    """Play a beginning, and say when the caller has gone."""

    async def play(request: object, context: Context) -> Reply:
        yield event(1, accepted=ReplyEvent.Accepted())
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    return play


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


async def until_healthy(envoy: Envoy, replicas: int) -> None:
    """Wait until the edge takes so many replicas of llm for well."""

    @patiently
    async def seen() -> None:
        assert await envoy.stat("cluster.llm.membership_healthy") == replicas

    await seen()


async def all_well(clients: list[Client], token: str) -> None:
    """Call so often that every replica would be asked."""
    for client in clients * 5:
        answer = await client.call(LIST_MODELS, EMPTY, token=token)
        assert answer.code == "OK"
