"""The tools that are built in and ask nobody far away."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.llm.members import Member
from services.llm.model import Passage
from services.llm.tools.built_in import BuiltIn
from services.llm.tools.builtin.calculator import result_of
from services.llm.tools.builtin.web_fetch import WebFetch
from services.llm.tools.model import Call, CallFailed, Tool
from services.llm.tools.policy import BuiltInPolicy
from services.llm.tools.ports import Said
from services.llm.wanted import Knowledge

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    passages: Sequence[Passage] = ()
    degraded: bool = False


@dataclass
class Things:
    """Documents, conversations and memories that a test decides about."""

    found: Found = Found()
    said: Sequence[Said] = ()
    asked: list[object] = field(default_factory=list)

    async def retrieve(
        self, reader: Member, query: str, knowledge: Knowledge, *, limit: int
    ) -> Found:
        self.asked.append((reader, query, knowledge))
        return self.found

    async def search(self, user_id: UUID, query: str, *, limit: int) -> Sequence[Said]:
        self.asked.append((user_id, query))
        return self.said

    async def add(self, user_id: UUID, text: str) -> None:
        self.asked.append((user_id, text))


async def all_tools(things: Things, **policy: object) -> dict[str, Tool]:
    built_in = BuiltIn(
        BuiltInPolicy.model_validate(policy),
        web=WebFetch(),
        documents=things,
        conversations=things,
        memories=things,
        clock=lambda: NOON,
    )
    return {tool.name: tool for tool in await built_in.tools()}


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("2 ** 100", "1267650600228229401496703205376"),
        ("2^10", "1024"),
        ("-7 // 2", "-4"),
        ("7 % 3", "1"),
        ("1 / 4", "0.25"),
        ("sqrt(2)", "1.4142135623730951"),
        ("round(pi, 4)", "3.1416"),
        ("round(2.5)", "2"),
        ("factorial(20)", "2432902008176640000"),
        ("max(1, 2.5, -3)", "2.5"),
        ("log(8, 2)", "3.0"),
        ("2 ** -1", "0.5"),
        ("1_000 * 3", "3000"),
        ("  5  ", "5"),
    ],
)
def test_the_calculator_works_out_what_people_write(expression: str, result: str):
    assert result_of(expression) == result


@pytest.mark.asvs("1.3.2")
@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('id')",
        "().__class__.__bases__[0].__subclasses__()",
        "open('/etc/passwd')",
        "'a' * 10",
        "[1] * 10",
        "lambda: 1",
        "x := 1",
        "x",
        "True",
        "1j",
        "(-8) ** 0.5",
        "1 if 1 else 2",
        "1; 2",
        "import os",
        "",
        "1 +",
        "1 / 0",
        "sqrt(-1)",
        "max()",
        "round(1, 10**9)",
        "2 ** 10 ** 10",
        "9 ** 9 ** 9 ** 9",
        "10 ** 5000",
        "(10 ** 1000) ** 5",
        "10 ** 1000 * 10 ** 1000",
        "factorial(10 ** 6)",
        "factorial(1.5)",
        "comb(10 ** 9, 10 ** 8)",
        "1e308 * 10 ** 400",
        "exp(1000)",
        "9" * 1000,
        "-" * 400 + "1",
        "(" * 300 + "1" + ")" * 300,
        "1" + "+1" * 240,
        "abs.__class__",
        "max(*[1, 2])",
        "round(number=1)",
        "\0",
    ],
)
def test_the_calculator_refuses_all_else_at_once(expression: str):
    began = time.process_time()

    with pytest.raises(CallFailed):
        result_of(expression)

    assert time.process_time() - began < 0.5


async def test_the_time_is_told_anywhere():
    tell = (await all_tools(Things()))["current_time"]
    call = Call(user_id=uuid4(), arguments={"time_zone": "europe/berlin"})

    assert await tell.run(call) == (
        "Wednesday, 2026-07-01 14:00:00 Europe/Berlin (UTC+0200)"
    )


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Mars/Olympus", "/etc/passwd"])
async def test_there_is_no_time_where_no_zone_is(zone: str):
    tell = (await all_tools(Things()))["current_time"]

    with pytest.raises(CallFailed, match="no such time zone"):
        await tell.run(Call(user_id=uuid4(), arguments={"time_zone": zone}))


async def test_documents_are_searched_as_the_user():
    passage = Passage("users/u/documents/d", "Manual.pdf", "Turn it on.", page=3)
    things = Things(found=Found((passage,)))
    search, user_id = (await all_tools(things))["search_documents"], uuid4()
    groups = frozenset({uuid4()})

    said = await search.run(
        Call(user_id=user_id, groups=groups, arguments={"query": "on"})
    )

    assert said == "[Manual.pdf, page 3]\nTurn it on."
    assert things.asked == [(Member(user_id, groups), "on", Knowledge(all=True))]


async def test_documents_that_cannot_be_searched_are_not_said_to_be_empty():
    search = (await all_tools(Things(found=Found(degraded=True))))["search_documents"]

    with pytest.raises(CallFailed, match="cannot be searched now"):
        await search.run(Call(user_id=uuid4(), arguments={"query": "x"}))


async def test_conversations_are_searched_as_the_user():
    things = Things(said=[Said("Trip", "user", NOON, "to Rome")])
    search, user_id = (await all_tools(things))["search_conversations"], uuid4()

    said = await search.run(Call(user_id=user_id, arguments={"query": "rome"}))

    assert said == "[Trip, user, 2026-07-01 12:00 UTC]\nto Rome"
    assert things.asked == [(user_id, "rome")]


async def test_a_fact_is_kept_of_the_user():
    things, user_id = Things(), uuid4()
    remember = (await all_tools(things))["remember"]

    await remember.run(Call(user_id=user_id, arguments={"fact": "They like tea."}))

    assert things.asked == [(user_id, "They like tea.")]


async def test_what_leaves_the_house_or_stays_for_good_is_agreed_to():
    tools = await all_tools(Things())

    approved = {name for name, tool in tools.items() if tool.approval}
    assert approved == {"web_fetch", "remember"}


async def test_the_operator_decides_about_tools():
    tools = await all_tools(
        Things(),
        calculator={"approval": "always"},
        web_fetch={"approval": "never"},
        current_time={"enabled": False},
        search_documents={"allowed": False},
    )

    assert tools["calculator"].approval
    assert not tools["web_fetch"].approval
    assert not tools["current_time"].enabled
    assert "search_documents" not in tools


async def test_a_tool_is_there_only_with_what_it_needs():
    tools = await BuiltIn(BuiltInPolicy()).tools()

    assert [tool.name for tool in tools] == ["calculator", "current_time"]
