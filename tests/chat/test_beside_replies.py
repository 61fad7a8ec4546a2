"""What stands beside the text of a reply: streamed, resumed, stored, charged."""

import pytest
import redis

from parley.llm.v1 import generation_pb2 as answer_pb
from tests.calls import everything
from tests.chat.conftest import Chat
from tests.chat.events import HasEvent, assert_no_gap, kinds, reply_of, text_of
from tests.chat.speaking import (
    Response,
    Speaker,
    begun,
    citation,
    completed,
    delta,
    llm_address,
    speaker,
    thought,
    tool_call,
)
from tests.chat.test_resume_reply import elsewhere

__all__ = ["elsewhere", "llm_address", "speaker"]

RETRIEVAL = Response(retrieval=answer_pb.Retrieval(passages=3, degraded=True))
ANSWER = (
    RETRIEVAL,
    thought("Let me "),
    thought("see."),
    tool_call("a", "RUNNING"),
    tool_call("a", "SUCCEEDED", "42"),
    delta("It is 42"),
    delta(" [1]."),
    citation(1),
    delta(" Or 43 [2]."),
    citation(2),
)


def thoughts_of(responses: list[HasEvent]) -> str:
    """Return what a careful reader has of the model's thoughts."""
    thoughts = ""
    for response in responses:
        if response.event.HasField("reasoning"):
            reasoning = response.event.reasoning
            thoughts = thoughts[: reasoning.offset] + reasoning.text
    return thoughts


def cited(responses: list[HasEvent]) -> set[int]:
    return {
        response.event.citation.number
        for response in responses
        if response.event.HasField("citation")
    }


async def test_what_stands_beside_comes_in_its_place_and_is_stored(
    chat: Chat, speaker: Speaker
):
    speaker.say(*ANSWER, completed(input_tokens=9, output_tokens=7))

    events = await everything(chat.send(await chat.conversation()))

    assert_no_gap(events)
    assert text_of(events) == "It is 42 [1]. Or 43 [2]."
    assert thoughts_of(list(events)) == "Let me see."
    reply = reply_of(events[-1])
    assert reply.reasoning == "Let me see."
    assert [each.number for each in reply.citations] == [1, 2]
    assert [each.state for each in reply.tool_calls] == [
        answer_pb.ToolCall.STATE_SUCCEEDED
    ]
    assert reply.retrieval == answer_pb.Retrieval(passages=3, degraded=True)
    assert await chat.get(reply.name) == reply
    assert (await chat.listed(reply.name.partition("/messages/")[0]))[-1] == reply


async def test_a_citation_comes_after_the_text_that_it_is_for(
    chat: Chat, speaker: Speaker
):
    speaker.say(*ANSWER, completed())

    events = await everything(chat.send(await chat.conversation()))

    for number, marker in ((1, "[1]"), (2, "[2]")):
        at = next(i for i, e in enumerate(events) if e.event.citation.number == number)
        assert text_of(events[:at]).endswith(f"{marker}.")


@pytest.mark.parametrize("place", ["chat", "elsewhere"])
@pytest.mark.parametrize("seen", [0, 1, 5, 13])
async def test_who_resumes_gets_all_that_stands_beside_at_any_replica(
    chat: Chat, elsewhere: Chat, speaker: Speaker, place: str, seen: int
):
    name, _ = await begun(chat, speaker, *ANSWER)
    call = {"chat": chat, "elsewhere": elsewhere}[place].resume(name, after_seq=seen)
    reader = aiter(call)
    events = [await anext(reader)]
    while cited(list(events)) < {1, 2}:
        events.append(await anext(reader))

    speaker.say(completed())
    events += [event async for event in reader]

    assert_no_gap(events, seen)
    assert thoughts_of(list(events)) == "Let me see."
    assert text_of(events) == "It is 42 [1]. Or 43 [2]."[max(0, seen - 1) :]
    last = [e.event.tool_call for e in events if e.event.HasField("tool_call")][-1]
    assert last.result == "42"
    assert kinds(events)[-1] == "completed"


async def test_another_replica_shows_it_as_it_comes(
    chat: Chat, elsewhere: Chat, speaker: Speaker
):
    name, _ = await begun(chat, speaker, delta("One"))
    reader = aiter(elsewhere.resume(name))
    events = [await anext(reader)]

    for number in range(1, 4):
        speaker.say(thought(f"{number}"), citation(number))
        while number not in cited(list(events)):
            events.append(await anext(reader))
    speaker.say(completed())
    events += [event async for event in reader]

    assert_no_gap(events)
    assert thoughts_of(list(events)) == "123"


async def test_without_redis_what_is_stored_is_shown(
    chat: Chat, elsewhere: Chat, speaker: Speaker, redis_url: str
):
    name, _ = await begun(chat, speaker, *ANSWER)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    reader = aiter(elsewhere.resume(name))

    events = [await anext(reader)]
    while cited(list(events)) < {1, 2}:
        events.append(await anext(reader))
    speaker.say(completed())
    events += [event async for event in reader]

    assert thoughts_of(list(events)) == "Let me see."
    assert reply_of(events[-1]).reasoning == "Let me see."


async def test_when_llm_dies_all_of_it_is_void(chat: Chat, speaker: Speaker):
    call = chat.send(await chat.conversation())
    speaker.say(*ANSWER, None, thought("Anew."), delta("No."), completed())

    events = await everything(call)

    restarted = kinds(events).index("restarted")
    assert cited(list(events[restarted:])) == set()
    reply = reply_of(events[-1])
    assert (reply.text, reply.reasoning, len(reply.citations)) == ("No.", "Anew.", 0)


async def test_of_a_stopped_reply_only_what_belongs_to_the_kept_text_is_kept(
    chat: Chat, speaker: Speaker
):
    name, _ = await begun(chat, speaker, *ANSWER)

    stopped = await chat.stop(name, last_seen_seq=1 + len("It is 42 [1]."))

    assert stopped.text == "It is 42 [1]."
    assert [each.number for each in stopped.citations] == [1]
    assert stopped.reasoning == "Let me see."
