"""A question's way through the edge, auth, chat, llm and the stores."""

import asyncio
from dataclasses import replace
from secrets import token_hex
from typing import Any
from uuid import uuid4

import pytest

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley_client import Accepted, Completed, Delta, Parley, connect
from tests.calls import everything
from tests.canaries.secrets import PASSWORD
from tests.doubles.script import Script, words
from tests.doubles.upstream import Received
from tests.edge.patience import patiently
from tests.stack import Stack


@pytest.fixture(autouse=True)
def fresh_script(stack: Stack) -> None:
    """Answer as usual, whatever the test before made of it."""
    stack.upstream.rescript(Script(tokens=words(20)))


async def signed_up(parley: Parley) -> None:
    await parley.sign_up(f"{token_hex(8)}@parley.example", PASSWORD)


def asked(stack: Stack, text: str) -> list[Received]:
    """Find what asked the model a text."""
    return [
        request
        for request in stack.upstream.requests
        if request.path.endswith("/completions")
        and request.body["messages"][-1]["content"] == text
    ]


async def test_an_answer_streams_and_is_stored(stack: Stack):
    async with connect(stack.url) as parley:
        await signed_up(parley)
        conversation = await parley.conversations.create()

        events = [event async for event in parley.send(conversation, "Hello?")]

        stored = [m async for m in parley.conversations.messages(conversation)]
    assert isinstance(events[0], Accepted)
    assert isinstance(events[-1], Completed)
    text = "".join(event.text for event in events if isinstance(event, Delta))
    assert text == stack.upstream.script.text
    assert [message.text for message in stored] == ["Hello?", text]


async def test_a_caller_killed_in_mid_stream_finds_the_finished_reply(stack: Stack):
    stack.upstream.rescript(replace(stack.upstream.script, stall_after=5))
    async with connect(stack.url) as parley:
        await signed_up(parley)
        conversation = await parley.conversations.create()
        caller = parley.send(conversation, "Finish this")
        accepted = await anext(caller)
        assert isinstance(accepted, Accepted)
        assert isinstance(await anext(caller), Delta)

        await caller.aclose()
        stack.upstream.release()

        reply = accepted.reply
        async with asyncio.timeout(10):
            while reply.state == message_pb.Message.STATE_GENERATING:
                stored = [m async for m in parley.conversations.messages(conversation)]
                reply = stored[-1]
    assert reply.state == message_pb.Message.STATE_COMPLETED
    assert reply.text == stack.upstream.script.text


async def test_one_request_id_sent_fifty_times_at_once_is_one_message_and_one_call(
    stack: Stack,
):
    text = f"Only once, {token_hex(4)}"
    async with connect(stack.url) as parley:
        await signed_up(parley)
        conversation = await parley.conversations.create()
        request = pb.SendMessageRequest(
            parent=conversation.name, text=text, request_id=str(uuid4())
        )

        streams = await asyncio.gather(
            *(everything(parley.stubs.messages.SendMessage(request)) for _ in range(50))
        )

        stored = [m async for m in parley.conversations.messages(conversation)]
    assert len(stored) == 2
    assert len(asked(stack, text)) == 1
    assert {stream[-1].event.completed.reply.name for stream in streams} == {
        stored[-1].name
    }


async def test_one_trace_goes_from_the_caller_to_the_provider(stack: Stack):
    trace_id = token_hex(16)
    async with connect(stack.url) as parley:
        await signed_up(parley)
        conversation = await parley.conversations.create()
        send: Any = parley.stubs.messages.SendMessage
        request = pb.SendMessageRequest(parent=conversation.name, text="Trace me")

        await everything(
            send(
                request, metadata=(("traceparent", f"00-{trace_id}-{token_hex(8)}-01"),)
            )
        )

    (at_the_provider,) = [
        request.headers["traceparent"] for request in asked(stack, "Trace me")
    ]
    assert at_the_provider.split("-")[1] == trace_id
    services = {"parley-edge", "parley-chat", "parley-llm"}
    assert services <= await stack.collector.services_of(trace_id, services)

    @patiently  # the edge writes its log in batches
    async def logged() -> None:
        assert trace_id in (stack.state / "logs/edge.log").read_text()

    await logged()
