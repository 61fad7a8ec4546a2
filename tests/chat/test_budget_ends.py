"""A budget that comes to its end while a reply is written, whatever is told of it."""

from parley.chat.v1 import message_service_pb2 as pb
from parley.error.v1 import error_reason_pb2 as reasons
from tests.calls import everything
from tests.chat.conftest import Chat
from tests.chat.speaking import (
    Speaker,
    begun,
    delta,
    llm_address,
    reading,
    speaker,
    thought,
    tool_call,
)
from tests.chat.test_usage import Serve, charges, serve, usage

__all__ = ["llm_address", "serve", "speaker"]


async def test_what_costs_nothing_is_not_said_either_when_the_budget_is_overdrawn(
    serve: Serve, speaker: Speaker
):
    speaker.say(delta("Let me see."), reading(10_000), delta("\n\n", tokens=0))
    async with serve(budget_tokens_per_day=100) as chat:
        events = await everything(chat.send(await chat.conversation()))
        (charge,) = (await charges(chat)).charges

    reply = events[-1].event.stopped.reply
    assert reply.text == "Let me see."
    assert reply.failure_reason == reasons.ERROR_REASON_BUDGET_EXHAUSTED
    assert reply.attempt == 1
    assert (charge.input_tokens, charge.output_tokens) == (10_000, 1)


async def test_calls_of_tools_use_up_the_budget_while_they_go_on(
    serve: Serve, speaker: Speaker
):
    speaker.say(reading(40), thought("", 20), tool_call("a", "RUNNING"))
    speaker.say(reading(900), thought("", 300), tool_call("b", "RUNNING"))
    async with serve(budget_tokens_per_day=1_000) as chat:
        events = await everything(chat.send(await chat.conversation()))

    reply = events[-1].event.stopped.reply
    assert reply.failure_reason == reasons.ERROR_REASON_BUDGET_EXHAUSTED
    assert reply.usage.input_tokens == 900
    assert len(reply.tool_calls) == 1


async def test_a_reply_that_is_stopped_before_its_text_bills_its_calls_of_tools(
    chat: Chat, speaker: Speaker
):
    speaker.say(reading(700), thought("", 30), tool_call("a", "RUNNING"))
    call = chat.send(await chat.conversation())
    name = (await anext(aiter(call))).event.accepted.reply.name
    async for response in call:
        if response.event.HasField("tool_call"):
            break

    stopped = await chat.stop(name)

    assert stopped.text == ""
    assert not stopped.HasField("first_token_time")
    assert (stopped.usage.input_tokens, stopped.usage.output_tokens) == (700, 30)
    (charge,) = (await charges(chat)).charges
    assert (charge.input_tokens, charge.output_tokens) == (700, 30)


async def test_the_text_that_a_reply_goes_on_from_is_set_aside_for(
    serve: Serve, speaker: Speaker
):
    async with serve(budget_tokens_per_day=5_000) as chat:
        name, _ = await begun(chat, speaker, delta("word" * 1_000, tokens=10))
        await chat.stop(name)
        request = pb.ContinueReplyRequest(name=name)
        stream = chat.messages.ContinueReply(request, metadata=chat.me)
        await anext(aiter(stream))

        (day, _) = (await usage(chat)).budgets

        stream.cancel()
    assert 2_000 < day.tokens.reserved < 2_100
