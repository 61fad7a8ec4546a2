"""How full a window would be, as it would be when the same is generated."""

from uuid import UUID, uuid4

import pytest

from parley.error.v1 import error_reason_pb2 as reasons
from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from services.llm.generation.answers import Answers
from services.llm.generation.ports import Brief
from services.llm.model import ModelWindowExceeded, Turn, Usage
from services.llm.wanted import Knowledge, Options, Wanted
from tests.calls import everything, refusal
from tests.doubles.upstream import Upstream
from tests.llm.conftest import Llm, OpenLlm
from tests.llm.generation.conftest import Known
from tests.llm.generation.parts import ME, Desk, Library, passage, said

LONG = "word" * 96


async def test_what_is_counted_is_what_would_be_read(known: Known, upstream: Upstream):
    answers = Answers(
        known(window=1_000),
        briefs=Desk(Brief(instructions="Be brief.", memories=["Is 7."])),
        retriever=Library([passage("word of notice")]),
    )
    wanted = Wanted(
        user_id=ME,
        turns=(Turn("system", "In French."), *said(*[LONG] * 12, "notice")),
        options=Options(knowledge=Knowledge(all=True), response_schema='{"a": 1}'),
    )

    fill = await answers.count(wanted)
    asked = upstream.counts["asked"]
    events = await everything(answers.generate(wanted))

    assert asked == 0
    assert Usage(fill.total, fill.model) in events
    assert fill.dropped_turns > 0
    assert fill.window == 1_000
    messages = upstream.requests[0].body["messages"]
    assert len(messages) == 1 + 13 - fill.dropped_turns


async def test_a_question_longer_than_the_window_is_counted_but_not_asked(
    known: Known, upstream: Upstream
):
    answers = Answers(known(window=100))
    wanted = Wanted(user_id=ME, turns=said("Before", "Yes", LONG * 2))

    fill = await answers.count(wanted)

    assert fill.exceeded
    assert fill.total == fill.turns > fill.window
    assert fill.dropped_turns == 2
    with pytest.raises(ModelWindowExceeded):
        await everything(answers.generate(wanted))

    assert upstream.counts["asked"] == 0


def request(*texts: str, id: UUID | None = None) -> pb.GenerateRequest:
    turns = [
        answer_pb.Turn(role=answer_pb.ROLE_USER, text=text, id=str(id or uuid4()))
        for text in texts
    ]
    return pb.GenerateRequest(turns=turns, max_output_tokens=50)


async def test_anybody_signed_in_counts_tokens(
    open_llm: OpenLlm, known: Known, upstream: Upstream
):
    async with open_llm(known(window=500)) as llm:
        counted = await llm.stub.CountTokens(
            pb.CountTokensRequest(generation=request(*[LONG] * 5, "word")),
            metadata=llm.me,
        )

    assert counted == pb.CountTokensResponse(
        model="scripted",
        input_tokens=305,
        turn_tokens=305,
        dropped_turns=2,
        window_tokens=500,
    )
    assert upstream.counts["asked"] == 0


async def test_too_long_a_question_is_a_failed_event(
    open_llm: OpenLlm, known: Known, upstream: Upstream
):
    async with open_llm(known(window=100)) as llm:
        events = await everything(llm.stub.Generate(request(LONG * 2), metadata=llm.me))

    (event,) = events
    assert event.failed.reason == reasons.ERROR_REASON_MODEL_WINDOW_EXCEEDED
    assert upstream.counts["asked"] == 0


async def test_a_schema_that_is_none_is_refused(llm: Llm, upstream: Upstream):
    asked = request("Hi")
    asked.options.response_schema = "[]"

    refused = await refusal(llm.stub.Generate(asked, metadata=llm.me))

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "options.response_schema"
    assert upstream.counts["asked"] == 0
