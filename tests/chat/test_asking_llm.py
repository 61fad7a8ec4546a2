"""How chat has llm answer."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import grpc
import pytest
from opentelemetry.trace import NonRecordingSpan, use_span

from deploy.local.ports import free_port
from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.chat.messages import llm as llm_client
from services.chat.messages.ports import Answered, Piece, Refused, Turn
from tests.calls import everything
from tests.chat.as_chat import CAME, asking, generated, text_of
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import Identity


async def test_an_answer_comes_in_pieces_that_say_how_many_tokens_they_are(
    identity: Identity, llm_address: str, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(500)))
    async with asking(identity, llm_address) as client:
        events = await everything(generated(client))

    assert text_of(events) == upstream.script.text
    assert sum(piece.tokens for piece in events if isinstance(piece, Piece)) == 500
    assert events[-1] == Answered("scripted", input_tokens=1, output_tokens=500)


async def test_instructions_and_the_most_tokens_reach_the_provider(
    identity: Identity, llm_address: str, upstream: Upstream
):
    turns = (Turn("system", "Be brief."), Turn("user", "Hi"), Turn("assistant", ""))
    async with asking(identity, llm_address) as client:
        events = await everything(
            client.generate(turns, model="", user_id=uuid4(), max_tokens=7)
        )

    asked = upstream.requests[-1].body
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]
    assert asked["max_completion_tokens"] == 7
    assert events[-1] == Answered("scripted", input_tokens=3, output_tokens=7)


async def test_a_conversation_of_megabytes_is_shown_and_one_too_many_is_refused(
    identity: Identity, llm_address: str, upstream: Upstream
):
    long, longer = Turn("user", "x" * 4_000_000), Turn("user", "x" * 9_000_000)
    async with asking(identity, llm_address) as client:
        shown = await everything(client.generate([long], model="", user_id=uuid4()))
        refused = await everything(
            client.generate([longer], model="m", user_id=uuid4())
        )

    assert isinstance(shown[-1], Answered)
    assert refused == [Refused("MODEL_REJECTED", "m")]
    assert upstream.counts["asked"] == 1


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(status=404), "MODEL_NOT_FOUND"),
        (Script(status=401), "MODEL_CREDENTIALS"),
        (Script(cut_after=3), "MODEL_PROTOCOL"),
    ],
)
async def test_what_the_provider_does_wrong_is_asked_once(
    identity: Identity,
    llm_address: str,
    upstream: Upstream,
    script: Script,
    reason: str,
):
    upstream.rescript(script)
    async with asking(identity, llm_address) as client:
        events = await everything(generated(client, model="m"))

    assert events[-1] == Refused(reason, "m")
    assert upstream.counts["asked"] == 1


async def test_leaving_closes_the_providers_connection(
    identity: Identity, llm_address: str, upstream: Upstream
):
    upstream.rescript(Script(stall_after=3))
    async with asking(identity, llm_address) as client:
        events: Any = generated(client)
        async with aclosing(events):
            await anext(events)

        await upstream.disconnected()


async def test_the_trace_goes_on_to_the_provider(
    identity: Identity, llm_address: str, upstream: Upstream
):
    async with asking(identity, llm_address) as client:
        with use_span(NonRecordingSpan(CAME)):
            await everything(generated(client))

    carried = upstream.requests[-1].headers["traceparent"]
    assert carried.split("-")[1] == f"{CAME.trace_id:032x}"


async def test_a_replica_that_is_away_is_passed_over(
    identity: Identity, llm_address: str, upstream: Upstream
):
    nowhere = f"127.0.0.1:{free_port()}"
    async with asking(identity, nowhere, llm_address) as client:
        for _ in range(4):
            events = await everything(generated(client))
            assert isinstance(events[-1], Answered)

    assert upstream.counts["asked"] == 4


class Dying(pb_grpc.GenerationServiceServicer):
    """An llm that is gone the first time, before it said anything."""

    calls = 0

    async def Generate(
        self, request: pb.GenerateRequest, context: Any
    ) -> AsyncIterator[answer_pb.GenerateResponse]:
        self.calls += 1
        if self.calls == 1:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
        yield answer_pb.GenerateResponse(
            completed=answer_pb.GenerateResponse.Completed(model="m")
        )

    async def CountTokens(
        self, request: pb.CountTokensRequest, context: Any
    ) -> pb.CountTokensResponse:
        return pb.CountTokensResponse()

    async def ListModels(
        self, request: pb.ListModelsRequest, context: Any
    ) -> pb.ListModelsResponse:
        return pb.ListModelsResponse()


async def test_an_llm_that_dies_before_it_says_anything_is_asked_again(
    identity: Identity,
):
    dying, server = Dying(), grpc.aio.server()
    pb_grpc.add_GenerationServiceServicer_to_server(dying, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with asking(identity, f"127.0.0.1:{port}") as client:
            events = await everything(generated(client))
    finally:
        await server.stop(None)

    assert events == [Answered("m", 0, 0)]
    assert dying.calls == 2


async def test_an_llm_that_stays_away_refuses_after_a_while(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(llm_client, "RETURN_SECONDS", 0.2)
    async with asking(identity, f"127.0.0.1:{free_port()}") as client:
        events = await everything(generated(client, model="m"))

    assert events == [Refused("MODEL_UNAVAILABLE", "m")]
