"""Answers of a model that rest on documents and tools, through everything."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex

import psutil
import pytest

from parley.llm.v1.document_pb2 import Document
from parley.llm.v1.generation_pb2 import GenerationOptions, Knowledge, ToolCall
from parley_client import Completed, Event, Parley, connect
from parley_client.events import Cited, Searched, ToolCalled
from tests.canaries.secrets import PASSWORD
from tests.doubles.script import Call as ToolUse
from tests.doubles.script import Script, words
from tests.llm.documents.files import make_pdf
from tests.stack import Stack, running

PAGES = [f"Page {n} speaks of nothing but the number {n}." for n in range(1, 31)]
PAGES[22] = "The warranty of the Zephyr lasts for thirty-one months."
ANSWER = ("Thirty-one", " months", " [1", "].")
ALL = GenerationOptions(knowledge=Knowledge(all=True))
QUESTION = "How long is the warranty of the Zephyr?"


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    """The system with a model, an embedding model and a reranker, all played."""
    async with running(
        LLM_EMBEDDING_URL="{upstream}",
        LLM_EMBEDDING_MODEL="played",
        LLM_RERANK_URL="{upstream}",
    ) as stack:
        yield stack


@pytest.fixture
async def parley(stack: Stack) -> AsyncIterator[Parley]:
    stack.upstream.rescript(Script(tokens=ANSWER))
    async with connect(stack.url) as parley:
        await parley.sign_up(f"{token_hex(8)}@parley.example", PASSWORD)
        yield parley
    stack.upstream.rescript(Script(tokens=words(20)))


async def asked(
    parley: Parley, options: GenerationOptions, text: str = QUESTION
) -> list[Event]:
    conversation = await parley.conversations.create()
    return [
        event
        async for event in parley.messages.send(conversation, text, options=options)
    ]


async def searched(ask: Callable[[], Awaitable[list[Event]]]) -> list[Event]:
    """Ask until the documents were searched in time; a busy machine may be too slow."""
    while True:
        events = await ask()
        assert isinstance(events[-1], Completed)
        if not events[-1].reply.retrieval.degraded:
            return events


@contextmanager
def frozen(stack: Stack, part: str) -> Iterator[None]:
    """Keep a part from answering while the block runs."""
    found = [
        process
        for process in psutil.process_iter(["cmdline"])
        if part in (line := " ".join(process.info["cmdline"] or ()))
        and str(stack.state) in line
    ]
    for process in found:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        assert found
        yield
    finally:
        for process in found:
            os.kill(process.pid, signal.SIGCONT)


async def test_a_model_is_shown_passages_and_cites_them_at_their_page(
    parley: Parley, stack: Stack
):
    document = await parley.documents.upload(make_pdf(PAGES), "manual.pdf")

    events = await searched(lambda: asked(parley, ALL))

    # Its last request may be for a title by now.
    shown = [str(request.body.get("messages")) for request in stack.upstream.requests]
    assert any(QUESTION in each and PAGES[22] in each for each in shown)
    assert [e.citation.number for e in events if isinstance(e, Cited)] == [1]
    assert isinstance(events[-1], Completed)
    reply = events[-1].reply
    (cited,) = reply.citations
    assert (cited.document, cited.page) == (document.name, 23)
    opened = await parley.documents.read(document, page=23)
    text = opened.page.text
    start = cited.start_offset - opened.page.start_offset
    assert PAGES[22] in text[start : start + len(cited.quote)]


async def test_vectors_are_asked_for_when_there_is_an_embedding_model(
    parley: Parley, stack: Stack
):
    cars = "\n\n".join(f"The car of number {n} is red. " * 20 for n in range(9))
    document = await parley.documents.upload(cars.encode(), "cars.txt")
    before = len(stack.upstream.requests)

    await searched(lambda: asked(parley, ALL, "What colour is the automobile?"))

    paths = [request.path for request in list(stack.upstream.requests)[before:]]
    assert "/v1/embeddings" in paths
    assert "/v1/rerank" in paths
    assert not document.flags


async def test_what_is_deleted_is_quoted_no_more(parley: Parley):
    document = await parley.documents.upload(make_pdf(PAGES), "manual.pdf")
    await parley.documents.delete(document)

    events = await searched(lambda: asked(parley, ALL))

    assert isinstance(events[-1], Completed)
    assert events[-1].reply.retrieval.passages == 0
    assert not events[-1].reply.citations


async def test_a_conversation_goes_on_when_what_was_attached_is_deleted(
    parley: Parley,
):
    document = await parley.documents.upload(make_pdf(PAGES), "manual.pdf")
    conversation = await parley.conversations.create()

    async def said(*attachments: Document) -> list[Event]:
        return [
            event
            async for event in parley.messages.send(
                conversation, QUESTION, attachments=attachments
            )
        ]

    *_, before = await searched(lambda: said(document))
    await parley.documents.delete(document)
    *_, after = await said()

    assert isinstance(before, Completed)
    assert before.reply.citations
    assert isinstance(after, Completed)
    assert not after.reply.citations


async def test_while_milvus_hangs_an_answer_goes_on_and_says_so(
    parley: Parley, stack: Stack
):
    await parley.documents.upload(make_pdf(PAGES), "manual.pdf")

    with frozen(stack, "milvus"):
        events = await asked(parley, ALL)

    (searched,) = (event for event in events if isinstance(event, Searched))
    assert searched.retrieval.degraded
    assert isinstance(events[-1], Completed)
    assert events[-1].reply.text == "".join(ANSWER)
    assert events[-1].reply.retrieval.degraded


async def test_a_tool_is_called_and_the_model_told_what_came_of_it(
    parley: Parley, stack: Stack
):
    call = ToolUse("calculator", '{"expression": "6*7"}')
    stack.upstream.rescript(Script(tokens=ANSWER, calls=(call,)))

    events = await asked(parley, GenerationOptions(tools=["tools/calculator"]))

    states = [event.call.state for event in events if isinstance(event, ToolCalled)]
    assert states[-1] == ToolCall.STATE_SUCCEEDED
    assert isinstance(events[-1], Completed)
    (called,) = events[-1].reply.tool_calls
    assert "42" in called.result
    # Its last request may be for a title by now.
    told = [
        message["content"]
        for request in stack.upstream.requests
        for message in request.body.get("messages", ())
        if message["role"] == "tool"
    ]
    assert ["42" in each for each in told] == [True]
    said = "".join(ANSWER)
    assert events[-1].reply.text == f"{said}\n\n{said}", "before the call, and after"


async def test_a_model_that_wants_ever_more_calls_is_stopped(
    parley: Parley, stack: Stack
):
    call = ToolUse("calculator", '{"expression": "6*7"}')
    stack.upstream.rescript(Script(tokens=ANSWER, calls=(call,), rounds=1_000))

    events = await asked(parley, GenerationOptions(tools=["tools/calculator"]))

    assert isinstance(events[-1], Completed)
    assert 0 < len(events[-1].reply.tool_calls) < 100


@pytest.mark.parametrize("agreed", [True, False])
async def test_nothing_is_remembered_unless_the_user_agrees(
    parley: Parley, stack: Stack, agreed: bool
):
    call = ToolUse("remember", '{"fact": "Has a dog."}')
    stack.upstream.rescript(Script(tokens=ANSWER, calls=(call,)))
    conversation = await parley.conversations.create()
    options = GenerationOptions(tools=["tools/remember"])
    last: Event | None = None

    async for last in parley.messages.send(conversation, "A dog", options=options):
        if isinstance(last, ToolCalled) and (
            last.call.state == ToolCall.STATE_AWAITING_APPROVAL
        ):
            await parley.tools.decide(last.call, approve=agreed)

    assert isinstance(last, Completed)
    (called,) = last.reply.tool_calls
    remembered = [memory.text async for memory in parley.memories.list()]
    if agreed:
        assert called.state == ToolCall.STATE_SUCCEEDED
        assert remembered == ["Has a dog."]
    else:
        assert called.state == ToolCall.STATE_DENIED
        assert remembered == []
