"""Tools over real stores, and a scripted model that wants them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from tenacity import AsyncRetrying, stop_after_delay, wait_fixed

from services.kit.postgres import Database
from services.kit.signals import Signals
from services.llm.model import Completed, Event, Question, ToolCalled, ToolSpec, Turn
from services.llm.ports import Provider
from services.llm.tools.agent import ToolAgent
from services.llm.tools.approvals import Approvals
from services.llm.tools.bounds import LIMITS, Limits
from services.llm.tools.catalogue import Catalogue
from services.llm.tools.model import APPROVAL_SECONDS, Call, Tool, Tools
from services.llm.tools.store import PostgresTools
from tests.conftest import MakeDatabase

ANYTHING: dict[str, object] = {"type": "object"}


@pytest.fixture
def llm_database(make_database: MakeDatabase) -> str:
    """The URL of llm's database."""
    return make_database("llm")


@pytest.fixture
async def signals(redis_url: str) -> AsyncIterator[Signals]:
    """Wake-ups between replicas."""
    async with Signals.connect(redis_url) as signals:
        yield signals


@pytest.fixture
async def store(llm_database: str, signals: Signals) -> AsyncIterator[PostgresTools]:
    """What users decide."""
    async with Database.connect(llm_database, announce=signals.publish) as database:
        yield PostgresTools(database)


async def nothing(call: Call) -> str:
    return "done"


def tool(
    name: str,
    run: Callable[[Call], Awaitable[str]] = nothing,
    parameters: dict[str, object] = ANYTHING,
    **more: Any,
) -> Tool:
    """Make a tool."""
    spec = ToolSpec(name, f"What {name} does.", parameters)
    return Tool(spec=spec, display_name=name.title(), run=run, **more)


@dataclass
class Given:
    """A source of tools that a test decides about."""

    found: list[Tool] = field(default_factory=list)

    async def tools(self) -> Tools:
        return self.found


@dataclass(frozen=True)
class Asking:
    """A user who has a model answer with tools."""

    store: PostgresTools
    signals: Signals
    user_id: UUID = field(default_factory=uuid4)
    groups: frozenset[UUID] = frozenset()

    def agent(
        self,
        provider: Provider,
        *tools: Tool,
        limits: Limits = LIMITS,
        approval_seconds: float = APPROVAL_SECONDS,
        heartbeat_seconds: float = 15.0,
    ) -> ToolAgent:
        """Let a provider call these tools."""
        return ToolAgent(
            provider,
            Catalogue([Given([*tools])], self.store),
            Approvals(self.store, self.signals, seconds=approval_seconds),
            limits=limits,
            heartbeat_seconds=heartbeat_seconds,
        )

    def question(self, *tools: Tool, text: str = "Hi") -> Question:
        """Ask, offering these tools."""
        return Question(
            "scripted",
            (Turn("system", "Be brief."), Turn("user", text)),
            tools=tuple(tool.spec for tool in tools),
            user_id=self.user_id,
            groups=self.groups,
        )

    async def answer(
        self,
        provider: Provider,
        *tools: Tool,
        limits: Limits = LIMITS,
        room: int | None = None,
    ) -> list[Event]:
        """Return all events of an answer."""
        agent = self.agent(provider, *tools, limits=limits)
        question = replace(self.question(*tools), room=room)
        async with asyncio.timeout(60):
            return [event async for event in agent.answer(question, uuid4())]


@pytest.fixture
def asking(store: PostgresTools, signals: Signals) -> Asking:
    """A user."""
    return Asking(store, signals)


def patiently() -> AsyncRetrying:
    """Look again until it is so."""
    return AsyncRetrying(stop=stop_after_delay(60), wait=wait_fixed(0.02), reraise=True)


def calls_in(events: Sequence[Event]) -> list[ToolCalled]:
    """Return the events of calls."""
    return [event for event in events if isinstance(event, ToolCalled)]


def ended(events: Sequence[Event]) -> list[ToolCalled]:
    """Return how calls ended, as far as a test knows: without their IDs."""
    return [
        replace(call, id=UUID(int=0))
        for call in calls_in(events)
        if call.state in ("succeeded", "failed", "denied")
    ]


def completed(events: Sequence[Event]) -> Completed:
    """Return the one end of an answer."""
    last = events[-1]
    assert isinstance(last, Completed)
    assert not any(isinstance(event, Completed) for event in events[:-1])
    return last
