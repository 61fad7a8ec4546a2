"""What happens to calls when parts of Parley, or their callers, go away."""

import asyncio

import aiohttp
import grpc
import pytest

from tests.edge.envoy_process import Envoy
from tests.edge.parts import Part
from tests.edge.protocols import (
    GrpcClient,
    bearer,
    clients_of,
    events,
    frame,
    unframe,
)
from tests.edge.rpcs import ASK, ASK_FOR_IT, GET, NAME, SEND
from tests.edge.servicers import Context, Reply, ReplyEvent, Script, event, noticing


@pytest.mark.asvs("16.5.2")
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


async def begin(request: object, context: Context) -> Reply:
    """Play the beginning of a reply."""
    yield event(1, accepted=ReplyEvent.Accepted())
    await asyncio.Event().wait()
