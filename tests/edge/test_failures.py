"""What happens to calls when parts of Parley, or their callers, go away."""

import asyncio
from dataclasses import replace
from pathlib import Path

import aiohttp
import grpc
import pytest

from edge.envoy.render import Edge
from tests.edge import servicers
from tests.edge.envoy_process import Envoy, running
from tests.edge.parts import Part, part
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
from tests.edge.servicers import Context, Reply, ReplyEvent, Script, event, noticing


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


async def test_calls_go_to_the_replica_that_is_there(
    edge: Edge, script: Script, token: str, tmp_path: Path
) -> None:
    async with (
        part(servicers.add_llm, script) as first,
        part(servicers.add_llm, script) as second,
        running(replace(edge, llm=(first.address, second.address)), tmp_path) as envoy,
        clients_of(envoy) as clients,
    ):
        healthy = "cluster.llm.membership_healthy"
        await envoy.until_keys()
        await envoy.until_stat(healthy, 2)

        await first.cut()
        await all_well(clients, token)

        await envoy.until_stat(healthy, 1)
        await first.mend()
        await envoy.until_stat(healthy, 2)
        await second.drain()
        await envoy.until_stat(healthy, 1)
        await second.cut()
        await all_well(clients, token)


async def begin(request: object, context: Context) -> Reply:
    """Play the beginning of a reply."""
    yield event(1, accepted=ReplyEvent.Accepted())
    await asyncio.Event().wait()


async def all_well(clients: list[Client], token: str) -> None:
    """Call so often that every replica would be asked."""
    for client in clients * 5:
        answer = await client.call(LIST_MODELS, EMPTY, token=token)
        assert answer.code == "OK"
