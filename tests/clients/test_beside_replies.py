"""What stands beside a reply's text comes once, however often it is told."""

from collections.abc import AsyncIterator

import grpc

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley.llm.v1.generation_pb2 import Citation, Retrieval, ToolCall
from parley_client import (
    Cited,
    Completed,
    Event,
    GenerationOptions,
    Knowledge,
    Parley,
    Reasoning,
    Restarted,
    Searched,
    ToolCalled,
)
from tests.clients.conftest import Scripted, sent, text_of
from tests.clients.scripted_beside import beside, thought
from tests.clients.scripted_chat import (
    SECOND,
    Context,
    accepted,
    completed,
    delta,
    ended,
    restarted,
)

RUNNING = ToolCall(name="toolCalls/1", state=ToolCall.STATE_RUNNING)
DONE = ToolCall(name="toolCalls/1", state=ToolCall.STATE_SUCCEEDED, result="42")
SOURCE = Citation(number=1, display_name="handbook.pdf", page=12)


def others(events: list[Event]) -> list[Event]:
    """Return what stands beside the text."""
    kinds = (Reasoning, Searched, ToolCalled, Cited)
    return [event for event in events if isinstance(event, kinds)]


async def cut(reply: Message, context: Context) -> AsyncIterator[ReplyEvent]:
    """Break off in the middle of it all."""
    yield accepted(reply)
    yield beside(1, retrieval=Retrieval(passages=3))
    yield thought(1, 0, "Let me ")
    yield thought(1, 7, "see")
    yield beside(1, tool_call=RUNNING)
    yield delta(1, "one ")
    yield beside(5, citation=SOURCE)
    await context.abort(grpc.StatusCode.INTERNAL, "RST_STREAM error code 2")


async def test_it_comes_between_the_pieces_of_the_text(
    scripted: Scripted, parley: Parley
) -> None:
    async def told(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield thought(1, 0, "Hm")
        yield beside(1, tool_call=RUNNING)
        yield beside(1, tool_call=DONE)
        yield delta(1, "42 [1]")
        yield beside(7, citation=SOURCE)
        yield ended(7, completed(reply, "42 [1]"))

    scripted.chat.streams.append(told)

    events = await sent(parley)

    assert others(events) == [
        Reasoning("Hm", 0),
        ToolCalled(RUNNING),
        ToolCalled(DONE),
        Cited(SOURCE),
    ]
    assert text_of(events) == "42 [1]"
    assert isinstance(events[-1], Completed)


async def test_nothing_is_doubled_after_a_cut(
    scripted: Scripted, parley: Parley
) -> None:
    async def go_on(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield beside(5, retrieval=Retrieval(passages=3))
        yield thought(5, 0, "Let me see it")
        yield beside(5, tool_call=DONE)
        yield beside(5, citation=SOURCE)
        yield delta(5, "two")
        yield ended(8, completed(reply, "one two"))

    scripted.chat.streams.append(cut)
    scripted.chat.resumptions.append(go_on)

    events = await sent(parley)

    assert others(events) == [
        Searched(Retrieval(passages=3)),
        Reasoning("Let me ", 0),
        Reasoning("see", 7),
        ToolCalled(RUNNING),
        Cited(SOURCE),
        Reasoning(" it", 10),
        ToolCalled(DONE),
    ]
    assert text_of(events) == "one two"
    assert [request.after_seq for request in scripted.chat.resumed] == [5]


async def test_a_replica_that_is_behind_takes_nothing_back(
    scripted: Scripted, parley: Parley
) -> None:
    async def behind(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield thought(1, 0, "Let me see")
        yield beside(1, tool_call=DONE)
        yield thought(1, 0, "Let me")
        yield beside(1, tool_call=RUNNING)
        yield thought(1, 6, " look")
        yield beside(1, tool_call=DONE)
        yield ended(1, completed(reply, ""))

    scripted.chat.streams.append(behind)

    assert others(await sent(parley)) == [
        Reasoning("Let me see", 0),
        ToolCalled(DONE),
        Reasoning("look", 7),
    ]


async def test_what_is_stored_and_was_not_told_comes_before_the_end(
    scripted: Scripted, parley: Parley
) -> None:
    async def stored(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield beside(1, tool_call=RUNNING)
        whole = completed(reply, "42")
        whole.reasoning = "Hm"
        whole.citations.append(SOURCE)
        whole.tool_calls.append(DONE)
        whole.retrieval.degraded = True
        yield ended(1, whole)

    scripted.chat.streams.append(stored)

    events = await sent(parley)

    assert others(events)[1:] == [
        Searched(Retrieval(degraded=True)),
        Reasoning("Hm", 0),
        ToolCalled(DONE),
        Cited(SOURCE),
    ]
    assert isinstance(events[-1], Completed)


async def test_what_begins_anew_is_told_anew(
    scripted: Scripted, parley: Parley
) -> None:
    async def anew(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield restarted(5)
        yield thought(SECOND, 0, "Let me see")
        yield beside(SECOND, tool_call=RUNNING)
        yield beside(SECOND, citation=SOURCE)
        yield ended(SECOND, completed(reply, ""))

    scripted.chat.streams.append(cut)
    scripted.chat.resumptions.append(anew)

    events = await sent(parley)

    begun = events.index(Restarted(2, SECOND))
    assert others(events[begun:]) == [
        Reasoning("Let me see", 0),
        ToolCalled(RUNNING),
        Cited(SOURCE),
    ]


async def test_what_a_reply_rests_on_goes_with_the_question(
    scripted: Scripted, parley: Parley
) -> None:
    conversation = await parley.conversations.create()
    options = GenerationOptions(knowledge=Knowledge(all=True), tools=["tools/a"])

    events = parley.send(conversation, "Hi", attachments=["one"], options=options)
    assert text_of([event async for event in events]) == "You said: Hi"

    (asked,) = scripted.chat.sent
    user = conversation.name.partition("/conversations/")[0]
    assert list(asked.attachments) == [f"{user}/documents/one"]
    assert asked.options == options
