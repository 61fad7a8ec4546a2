"""A user who asks llm itself is held to the same budgets as in a conversation."""

from __future__ import annotations

from dataclasses import replace

import grpc
import pytest

from parley.error.v1 import error_reason_pb2
from parley.llm.v1 import generation_pb2 as answer_pb
from services.kit.delegation import Delegation
from services.llm.metering import meter
from services.llm.metering.chat import ChatHolds
from services.llm.ports import Provider
from tests.calls import everything, refusal
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import CHAT, LLM, Identity, bearing
from tests.llm.metering.conftest import Serve
from tests.serving import channel_to, llm_serving


def said(events: list[answer_pb.GenerateResponse]) -> str:
    return "".join(event.delta.text for event in events)


async def test_an_answer_is_charged_what_the_provider_counted(serve: Serve):
    async with serve() as direct:
        events = await everything(direct.generate())
        charge = await direct.charge()
        day = await direct.day()

    completed = events[-1].completed
    read, written = completed.input_tokens, completed.output_tokens
    assert written == 20
    assert charge.message == ""
    assert charge.model == "scripted"
    assert (charge.input_tokens, charge.output_tokens) == (read, written)
    assert charge.cost_micros == read + 2 * written
    assert not charge.estimated
    assert day.tokens.used == read + written


async def test_an_answer_stops_where_the_budget_ends(serve: Serve, upstream: Upstream):
    upstream.script = Script(tokens=words(200), delay=0.005)
    async with serve(budget_tokens_per_day=60) as direct:
        events = await everything(direct.generate())
        charge = await direct.charge()
        refused = await refusal(direct.generate())
        day = await direct.day()

    *_, last = events
    assert last.failed.reason == error_reason_pb2.ERROR_REASON_BUDGET_EXHAUSTED
    assert "".join(words(200)).startswith(said(events))
    assert 20 < charge.output_tokens < 60
    assert charge.estimated
    assert day.tokens.used == 60
    assert refused.reason == "BUDGET_EXHAUSTED"
    assert upstream.counts["asked"] == 1


async def test_a_long_answer_goes_on_as_long_as_the_budget_does(
    serve: Serve, upstream: Upstream
):
    upstream.script = Script(tokens=words(3_500))
    async with serve(budget_tokens_per_day=10_000) as direct:
        events = await everything(direct.generate())
        charge = await direct.charge()

    assert events[-1].HasField("completed")
    assert said(events) == "".join(words(3_500))
    assert charge.output_tokens == 3_500


async def test_who_has_no_budget_is_refused_before_a_model_is_asked(
    serve: Serve, upstream: Upstream
):
    async with serve(budget_micros_per_day=1) as direct:
        call = direct.generate()
        refused = await refusal(call)

    assert not await call.initial_metadata()  # or JSON would say 200
    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.reason == "BUDGET_EXHAUSTED"
    assert refused.metadata == {"period": "day"}
    assert refused.retry_seconds is not None
    assert upstream.counts["asked"] == 0


async def test_who_asks_too_often_is_told_when_to_ask_again(
    serve: Serve, upstream: Upstream
):
    async with serve(rate_burst=1, rate_per_minute=1) as direct:
        await everything(direct.generate())
        call = direct.generate()
        refused = await refusal(call)
        trailers = dict(await call.trailing_metadata())

    assert refused.reason == "RATE_LIMITED"
    assert refused.retry_seconds is not None
    assert 0 < refused.retry_seconds <= 60
    assert trailers["ratelimit-limit"] == "1"
    assert trailers["ratelimit-remaining"] == "0"
    assert upstream.counts["asked"] == 1


async def test_who_leaves_pays_for_what_was_read_and_written(
    serve: Serve, upstream: Upstream
):
    upstream.script = Script(tokens=words(20), stall_after=5)
    async with serve() as direct:
        call = direct.generate()
        written = 0
        async for event in call:
            written += event.delta.tokens
            if written == 5:
                break
        call.cancel()
        charge = await direct.charge()

    assert charge.output_tokens == 5
    assert charge.input_tokens > 0
    assert charge.estimated


async def test_what_a_model_never_answered_costs_nothing(
    serve: Serve, upstream: Upstream
):
    upstream.script = Script(tokens=(), status=401)
    async with serve(budget_tokens_per_day=5_000) as direct:
        events = await everything(direct.generate())
        upstream.script = Script(tokens=words(3))
        await everything(direct.generate())
        charge = await direct.charge()

    assert events[-1].failed.reason == error_reason_pb2.ERROR_REASON_MODEL_CREDENTIALS
    assert charge.output_tokens == 3


async def test_what_chat_asks_for_a_user_is_chats_to_charge(
    serve: Serve, identity: Identity
):
    async with serve(rate_burst=1, rate_per_minute=1) as direct:
        chat = bearing(Delegation(identity.chat_key, CHAT).token(direct.user))
        for _ in range(3):
            await everything(direct.generate(metadata=chat))
        asked = await direct.charges()

    assert asked == []


async def test_without_chat_nobody_is_answered_past_the_budgets(
    provider: Provider,
    upstream: Upstream,
    identity: Identity,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
):
    # What may be held all the same is given back at the end, as long as that.
    monkeypatch.setattr(meter, "PATIENCE_SECONDS", 1)
    delegation = Delegation(identity.llm_key, LLM)
    async with (
        serve() as direct,
        channel_to("127.0.0.1:9") as nowhere,
        llm_serving(provider, identity, ChatHolds(nowhere, delegation)) as address,
        channel_to(address) as llm,
    ):
        refused = await refusal(replace(direct, llm=llm).generate())

    assert refused.code is grpc.StatusCode.UNAVAILABLE
    assert refused.reason == "UNAVAILABLE"
    assert refused.metadata == {"part": "chat"}
    assert upstream.counts["asked"] == 0


@pytest.mark.parametrize("asked", ["scripted", ""])
async def test_the_money_that_is_left_bounds_an_answer(
    serve: Serve, upstream: Upstream, asked: str
):
    upstream.script = Script(tokens=words(200), delay=0.002)
    async with serve(budget_micros_per_day=130) as direct:
        events = await everything(direct.generate(model=asked))
        charge = await direct.charge()

    assert events[-1].failed.reason == error_reason_pb2.ERROR_REASON_BUDGET_EXHAUSTED
    assert 100 < charge.cost_micros <= 130
