"""Answers with the help of tools."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from services.llm.model import Event, Heartbeat, Question, ToolSpec
from services.llm.ports import Provider
from services.llm.tools.approvals import Approvals
from services.llm.tools.bounds import LIMITS, Bounds, Limits
from services.llm.tools.calls import Asker, Calls
from services.llm.tools.catalogue import Catalogue
from services.llm.tools.turns import Turns

HEARTBEAT_SECONDS = 15.0
WAITING = 64  # events that the reader has not taken yet

MACHINERY = "services.llm.tools.machinery"


class Machinery(Protocol):
    """Who lets models and tools take turns."""

    async def run(self, turns: Turns) -> None:
        """Go on until the model wants no tool any more."""


class ToolAgent:
    """Lets a model call tools, within bounds."""

    def __init__(
        self,
        provider: Provider,
        catalogue: Catalogue,
        approvals: Approvals,
        *,
        limits: Limits = LIMITS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._provider = provider
        self._catalogue = catalogue
        self._approvals = approvals
        self._limits = limits
        self._heartbeat = heartbeat_seconds
        self._machinery: Machinery | None = None
        self._importing = asyncio.Lock()

    async def offered(self, user_id: UUID, tools: Sequence[str]) -> Sequence[ToolSpec]:
        """Return those of the tools that the user has enabled."""
        found = await self._catalogue.of(user_id)
        return [
            each.tool.spec for each in found if each.enabled and each.tool.name in tools
        ]

    async def answer(
        self, question: Question, conversation_id: UUID | None
    ) -> AsyncGenerator[Event]:
        """Ask, call `question.tools` as the model wants, ask again."""
        if not question.tools or question.user_id is None:
            # Nobody is there to call any: so none is offered.
            question = replace(question, tools=())
            async with aclosing(self._provider.generate(question)) as plain:
                async for said in plain:
                    yield said
            return
        asker = Asker(
            user_id=question.user_id,
            groups=question.groups,
            conversation_id=conversation_id,
        )
        told: asyncio.Queue[Event | None] = asyncio.Queue(WAITING)
        writing = asyncio.create_task(self._write(question, asker, told))
        try:
            while True:
                if told.empty():
                    try:
                        async with asyncio.timeout(self._heartbeat):
                            event = await told.get()
                    except TimeoutError:
                        yield Heartbeat()
                        continue
                else:
                    event = told.get_nowait()
                if event is None:
                    break
                yield event
            await writing  # raises what the provider raised
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(
        self, question: Question, asker: Asker, told: asyncio.Queue[Event | None]
    ) -> None:
        """Write an answer, the end of it last, then None."""
        try:
            wanted = {spec.name for spec in question.tools}
            tools = await self._catalogue.tools()
            bounds = Bounds(self._limits, room=question.room)
            calls = Calls(
                asker,
                {name: tool for name, tool in tools.items() if name in wanted},
                self._approvals,
                bounds,
                told.put,
            )
            turns = Turns(
                self._provider,
                question,
                calls,
                bounds,
                told.put,
                most=self._limits.calls_in_turn,
            )
            await (await self._run())(turns)
            await told.put(turns.completed)
        finally:
            if not ending():
                await told.put(None)

    async def _run(self) -> Callable[[Turns], Awaitable[None]]:
        """Return what runs an agent; importing it takes a while, so once and beside."""
        async with self._importing:
            if self._machinery is None:
                module = await asyncio.to_thread(importlib.import_module, MACHINERY)
                machinery: Machinery = module.Machinery(self._limits)
                self._machinery = machinery
        return self._machinery.run


def ending() -> bool:
    """Tell whether the running task was told to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
