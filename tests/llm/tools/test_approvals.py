"""Calls that wait for the user, who may answer at any replica."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from uuid import uuid4

import pytest

from services.kit.postgres import Database
from services.kit.signals import Signals
from services.llm.model import Event, Heartbeat, ToolCalled
from services.llm.names import ToolCallName
from services.llm.tools import approvals
from services.llm.tools.model import MAX_SHOWN, Call, ToolCallNotFound
from services.llm.tools.store import PostgresTools
from tests.llm.tools.conftest import Asking, calls_in, ended, tool
from tests.llm.tools.scripted import ScriptedProvider, says, wants


class Sending:
    """A tool that is not to be called without asking."""

    def __init__(self) -> None:
        self.sent = 0
        self.tool = tool("send", self.send, approval=True)

    async def send(self, call: Call) -> str:
        self.sent += 1
        return "sent"


@asynccontextmanager
async def replica(llm_database: str, redis_url: str) -> AsyncIterator[PostgresTools]:
    """Another process's way to the same decisions."""
    async with (
        Signals.connect(redis_url) as signals,
        Database.connect(llm_database, announce=signals.publish) as database,
    ):
        yield PostgresTools(database)


def provider() -> ScriptedProvider:
    return ScriptedProvider(wants(("send", "{}")), says("Done."))


async def test_a_call_is_made_when_the_user_agrees(asking: Asking):
    sending = Sending()
    agent = asking.agent(provider(), sending.tool)
    events = []

    async for event in agent.answer(asking.question(sending.tool), None):
        events.append(event)
        if isinstance(event, ToolCalled) and event.state == "awaiting_approval":
            assert sending.sent == 0
            name = ToolCallName(asking.user_id, event.id)
            await asking.store.decide(name, approved=True)

    states = [call.state for call in calls_in(events)]
    assert states == ["awaiting_approval", "running", "succeeded"]
    assert len({call.id for call in calls_in(events)}) == 1
    assert sending.sent == 1


async def test_the_user_may_answer_at_another_replica(
    asking: Asking, llm_database: str, redis_url: str
):
    sending = Sending()
    agent = asking.agent(provider(), sending.tool)
    events = []

    async with replica(llm_database, redis_url) as other:
        async for event in agent.answer(asking.question(sending.tool), None):
            events.append(event)
            if isinstance(event, ToolCalled) and event.state == "awaiting_approval":
                name = ToolCallName(asking.user_id, event.id)
                await other.decide(name, approved=True)

    assert sending.sent == 1


async def test_the_answer_is_found_without_redis(
    store: PostgresTools, llm_database: str
):
    sending = Sending()
    events = []

    async with (
        Signals.connect("unix:///nowhere/redis.sock") as deaf,
        Database.connect(llm_database) as database,
    ):
        asking = Asking(PostgresTools(database), deaf)
        agent = asking.agent(provider(), sending.tool)
        async for event in agent.answer(asking.question(sending.tool), None):
            events.append(event)
            if isinstance(event, ToolCalled) and event.state == "awaiting_approval":
                name = ToolCallName(asking.user_id, event.id)
                await store.decide(name, approved=True)

    assert ended(events)[0].state == "succeeded"


async def test_a_call_that_the_user_denies_is_not_made(asking: Asking):
    sending, scripted = Sending(), provider()
    agent = asking.agent(scripted, sending.tool)
    events = []

    async for event in agent.answer(asking.question(sending.tool), None):
        events.append(event)
        if isinstance(event, ToolCalled) and event.state == "awaiting_approval":
            name = ToolCallName(asking.user_id, event.id)
            await asking.store.decide(name, approved=False)

    assert [call.state for call in calls_in(events)] == ["awaiting_approval", "denied"]
    assert "The user did not agree to this call." in scripted.results[0].text
    assert sending.sent == 0


async def test_a_call_that_nobody_decides_about_is_denied_in_the_end(asking: Asking):
    sending = Sending()
    agent = asking.agent(provider(), sending.tool, approval_seconds=0.1)
    question = asking.question(sending.tool)

    events = [event async for event in agent.answer(question, None)]

    (call,) = ended(events)
    assert call.state == "denied"
    assert call.result == "The user did not answer in time, so it was not called."
    late = ToolCallName(asking.user_id, calls_in(events)[0].id)
    with pytest.raises(ToolCallNotFound):
        await asking.store.decide(late, approved=True)
    assert sending.sent == 0


async def test_a_stream_stays_alive_while_the_user_thinks(asking: Asking):
    sending = Sending()
    agent = asking.agent(provider(), sending.tool, heartbeat_seconds=0.02)
    thinking: list[Event] = []
    events = []

    async for event in agent.answer(asking.question(sending.tool), None):
        events.append(event)
        if calls_in(events) and isinstance(event, Heartbeat):
            thinking.append(event)
            if len(thinking) == 3:
                name = ToolCallName(asking.user_id, calls_in(events)[0].id)
                await asking.store.decide(name, approved=True)

    assert ended(events)[0].state == "succeeded"


async def test_when_the_reader_has_left_nobody_can_decide_any_more(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(approvals, "LAPSE_SECONDS", 60.0)
    sending = Sending()
    agent = asking.agent(provider(), sending.tool)
    answer = agent.answer(asking.question(sending.tool), None)

    async with aclosing(answer) as events:
        async for waiting in events:
            if isinstance(waiting, ToolCalled):
                break

    assert isinstance(waiting, ToolCalled)
    name = ToolCallName(asking.user_id, waiting.id)
    with pytest.raises(ToolCallNotFound):
        await asking.store.decide(name, approved=True)
    assert sending.sent == 0


async def test_two_calls_wait_side_by_side(asking: Asking):
    sending = Sending()
    scripted = ScriptedProvider(wants(("send", "{}"), ("send", "{ }")), says("Done."))
    agent = asking.agent(scripted, sending.tool)
    events, waiting = [], []

    async for event in agent.answer(asking.question(sending.tool), None):
        events.append(event)
        if isinstance(event, ToolCalled) and event.state == "awaiting_approval":
            waiting.append(ToolCallName(asking.user_id, event.id))
            if len(waiting) == 2:
                await asking.store.decide(waiting[1], approved=True)
                await asking.store.decide(waiting[0], approved=False)

    assert sorted(call.state for call in ended(events)) == ["denied", "succeeded"]
    assert sending.sent == 1


async def test_the_first_of_two_decisions_at_once_counts(store: PostgresTools):
    for _ in range(20):
        name = ToolCallName(uuid4(), uuid4())
        await store.ask(name, "send", seconds=60)

        results = await asyncio.gather(
            store.decide(name, approved=True),
            store.decide(name, approved=False),
            return_exceptions=True,
        )

        lost = [result for result in results if result is not None]
        assert [type(each) for each in lost] == [ToolCallNotFound]
        approved = results[0] is None
        assert await store.decision(name) == ("approved" if approved else "denied")


async def test_calls_of_long_ago_are_forgotten(store: PostgresTools, llm_database: str):
    old, new = ToolCallName(uuid4(), uuid4()), ToolCallName(uuid4(), uuid4())
    await store.ask(old, "send", seconds=-90_000)
    await store.ask(new, "send", seconds=60)
    await store.decide(new, approved=True)

    forgotten = await store.forget()

    assert forgotten == 1
    assert await store.decision(new) == "approved"


async def test_nobody_agrees_to_arguments_that_are_not_all_shown(asking: Asking):
    sending, arguments = Sending(), '{"text": "' + "x" * MAX_SHOWN + '"}'
    provider = ScriptedProvider(wants(("send", arguments)), says("Sorry."))

    events = await asking.answer(provider, sending.tool)

    (call,) = ended(events)
    assert call.state == "failed"
    assert call.result == "The arguments are too long for the user to agree to."
    assert sending.sent == 0
