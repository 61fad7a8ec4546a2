"""GenerationService.Generate over a provider that speaks OpenAI's protocol."""

import pytest

from parley.error.v1 import error_reason_pb2 as reasons
from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from tests.calls import everything, refusal
from tests.doubles.script import MALFORMED, Script, words
from tests.doubles.upstream import Upstream
from tests.llm.conftest import KEY, Llm


def text_of(responses: list[answer_pb.GenerateResponse]) -> str:
    return "".join(response.delta.text for response in responses)


async def test_streams_the_answer_and_what_it_used(llm: Llm, upstream: Upstream):
    events = await everything(llm.generate("Hi"))

    assert text_of(events) == upstream.script.text
    assert events[-1].completed.finish_reason == answer_pb.FINISH_REASON_STOP
    assert events[-1].completed.model == "scripted"
    assert events[-1].completed.output_tokens == 20
    assert events[-1].completed.input_tokens > 0


async def test_asks_in_openais_words_with_the_operators_key(
    llm: Llm, upstream: Upstream
):
    await everything(llm.generate("What?", model="scripted-1x0ms"))

    asked = upstream.requests[-1]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == "scripted-1x0ms"
    assert asked.body["messages"] == [{"role": "user", "content": "What?"}]
    assert asked.body["stream_options"] == {"include_usage": True}


async def test_pieces_say_how_many_tokens_they_are(llm: Llm, upstream: Upstream):
    upstream.rescript(Script(tokens=words(300)))

    events = await everything(llm.generate())

    assert len(events) < 300
    assert sum(event.delta.tokens for event in events) == 300


async def test_a_provider_that_groups_tokens_is_believed_when_it_says_how_many(
    llm: Llm, upstream: Upstream
):
    usage = b'data: {"choices": [{"delta": {"content": "x"}}], "usage": %b}\n\n'
    upstream.rescript(
        Script(
            tokens=words(5), insert_after=2, insert=usage % b'{"completion_tokens": 40}'
        )
    )

    events = await everything(llm.generate())

    assert sum(event.delta.tokens for event in events) == 43


async def test_a_fast_answer_needs_fewer_events_than_tokens(
    llm: Llm, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(5_000)))

    events = await everything(llm.generate())

    assert text_of(events) == upstream.script.text
    assert len(events) < 2_500


@pytest.mark.parametrize("split", [1, 7, 4096])
async def test_reads_events_however_the_network_cuts_them(
    llm: Llm, upstream: Upstream, split: int
):
    upstream.rescript(Script(tokens=words(50), split=split))

    events = await everything(llm.generate())

    assert text_of(events) == upstream.script.text


async def test_cancelling_closes_the_providers_connection(llm: Llm, upstream: Upstream):
    upstream.rescript(Script(tokens=words(20), stall_after=5))
    call = llm.generate()
    await anext(aiter(call))

    call.cancel()

    await upstream.disconnected()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(status=400), reasons.ERROR_REASON_MODEL_REJECTED),
        (Script(status=401), reasons.ERROR_REASON_MODEL_CREDENTIALS),
        (Script(status=403), reasons.ERROR_REASON_MODEL_CREDENTIALS),
        (Script(status=429), reasons.ERROR_REASON_MODEL_RATE_LIMITED),
        (Script(status=500), reasons.ERROR_REASON_MODEL_UNAVAILABLE),
        (Script(status=503), reasons.ERROR_REASON_MODEL_UNAVAILABLE),
        (Script(cut_after=0), reasons.ERROR_REASON_MODEL_PROTOCOL),
        (Script(cut_after=5), reasons.ERROR_REASON_MODEL_PROTOCOL),
        (
            Script(insert_after=2, insert=MALFORMED),
            reasons.ERROR_REASON_MODEL_PROTOCOL,
        ),
        (
            Script(insert_after=2, insert=b'data: {"choices": 7}\n\n'),
            reasons.ERROR_REASON_MODEL_PROTOCOL,
        ),
        (
            Script(insert_after=2, insert=b"data: \xff\xfe\n\n"),
            reasons.ERROR_REASON_MODEL_PROTOCOL,
        ),
        (
            Script(insert_after=2, insert=b'data: {"error": {"message": "no"}}\n\n'),
            reasons.ERROR_REASON_MODEL_UNAVAILABLE,
        ),
        (
            Script(tokens=("x" * 10_000_000,)),
            reasons.ERROR_REASON_MODEL_PROTOCOL,
        ),
    ],
)
async def test_every_failure_of_the_provider_is_one_typed_event(
    llm: Llm, upstream: Upstream, script: Script, reason: int
):
    upstream.rescript(script)

    events = await everything(llm.generate())

    kinds = [event.WhichOneof("event") for event in events[:-1]]
    assert kinds == ["usage"] + ["delta"] * (len(events) - 2)
    assert events[-1].failed.reason == reason
    assert upstream.counts["asked"] == 1


async def test_comments_and_unknown_fields_of_the_stream_are_passed_over(
    llm: Llm, upstream: Upstream
):
    noise = b': comment\nevent: x\n\ndata: {"choices": [], "new": {"field": [1]}}\n\n'
    upstream.rescript(Script(tokens=words(5), insert_after=2, insert=noise))

    events = await everything(llm.generate())

    assert text_of(events) == upstream.script.text
    assert events[-1].HasField("completed")


async def test_a_model_that_the_provider_does_not_have_is_not_found(
    llm: Llm, upstream: Upstream
):
    upstream.rescript(Script(status=404))

    events = await everything(llm.generate(model="missing"))

    assert events[-1].failed.reason == reasons.ERROR_REASON_MODEL_NOT_FOUND
    assert events[-1].failed.model == "missing"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.GenerateRequest(), "turns"),
        (pb.GenerateRequest(turns=[answer_pb.Turn(text="Hi")]), "turns[0].role"),
        (
            pb.GenerateRequest(turns=[answer_pb.Turn(role=answer_pb.ROLE_USER)]),
            "turns[0].text",
        ),
        (
            pb.GenerateRequest(
                turns=[answer_pb.Turn(role=answer_pb.ROLE_USER, text="x")] * 1001,
            ),
            "turns",
        ),
        (
            pb.GenerateRequest(
                turns=[answer_pb.Turn(role=answer_pb.ROLE_USER, text="x")],
                max_output_tokens=-1,
            ),
            "max_output_tokens",
        ),
    ],
)
async def test_an_incomplete_question_is_refused_and_nobody_is_asked(
    llm: Llm, upstream: Upstream, request_: pb.GenerateRequest, field: str
):
    refused = await refusal(llm.stub.Generate(request_, metadata=llm.me))

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == field
    assert upstream.counts["asked"] == 0


async def test_nobody_asks_without_a_token(llm: Llm, upstream: Upstream):
    request = pb.GenerateRequest(
        turns=[answer_pb.Turn(role=answer_pb.ROLE_USER, text="Hi")]
    )

    refused = await refusal(llm.stub.Generate(request))

    assert refused.reason == "UNAUTHENTICATED"
    assert upstream.counts["asked"] == 0
