"""
LangChain's agent around a provider.

LangChain decides who is next: the model, or the tools that it wants, several at once.
What a model says never passes through it; a turn's text is one message when the turn is
over. Imported late, because LangChain costs a process two seconds and 50 MB.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import (
    AgentState,
    ModelRequest,
    ModelResponse,
    ToolCallRequest,
)
from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langgraph.types import Command
from langsmith.run_helpers import tracing_context
from uuid_utils.compat import uuid7

from services.llm.model import ToolUse, Turn
from services.llm.tools.bounds import Limits

LOGGERS = ("langchain", "langchain_core", "langgraph", "langsmith")


class Turns(Protocol):
    """The turns of one answer."""

    async def ask(self, since: Sequence[Turn]) -> Turn:
        """Have the model go on; return its turn."""

    async def call(self, use: ToolUse) -> str:
        """Make a call; return what the model is told of it."""


@dataclass(slots=True)
class Run:
    """
    One answer as LangChain sees it.

    Providers may use a call's ID twice, which would confuse it: so a call goes by an ID
    of its own, and as the model wrote it it stays here. So does what the model thought.
    """

    turns: Turns
    said: dict[str, Turn] = field(default_factory=dict)  # by the IDs of messages
    uses: dict[str, ToolUse] = field(default_factory=dict)

    async def ask(self, messages: Sequence[BaseMessage]) -> AIMessage:
        """Ask the model to go on."""
        turn, id = await self.turns.ask([*self._said(messages)]), str(uuid7())
        wanted = {str(uuid7()): use for use in turn.tool_uses}
        self.said[id] = turn
        self.uses |= wanted
        return AIMessage(
            turn.text,
            id=id,
            tool_calls=[
                {"name": use.name, "args": {}, "id": id, "type": "tool_call"}
                for id, use in wanted.items()
            ],
        )

    async def call(self, id: str) -> str:
        """Make one of the calls."""
        return await self.turns.call(self.uses[id])

    def _said(self, messages: Sequence[BaseMessage]) -> Iterator[Turn]:
        """Yield what came after the question."""
        for message in messages:
            if isinstance(message, AIMessage):
                yield self.said[str(message.id)]
            elif isinstance(message, ToolMessage):
                id = self.uses[message.tool_call_id].id
                yield Turn("tool", plain(message), tool_use_id=id)


def plain(message: BaseMessage) -> str:
    """Return what a message says; LangChain's own kind of text is no JSON."""
    return "".join(message.text)


class ProviderModel(BaseChatModel):
    """A provider as LangChain calls it; `run` says whose answer is written."""

    @property
    def _llm_type(self) -> str:
        return "parley"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("providers are asked on the event loop")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        run: Run = kwargs["run"]
        return ChatResult(generations=[ChatGeneration(message=await run.ask(messages))])


class ThroughRun(AgentMiddleware[AgentState[Any], Run]):
    """Leads every call of a model or a tool to the answer that it is for."""

    async def awrap_model_call(
        self,
        request: ModelRequest[Run],
        handler: Callable[[ModelRequest[Run]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        run = request.runtime.context
        return await handler(request.override(model_settings={"run": run}))

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        id = str(request.tool_call["id"])
        run: Any = request.runtime.context  # typed as if there were none
        told = await run.call(id)
        return ToolMessage(told, name=request.tool_call["name"], tool_call_id=id)


class Machinery:
    """The agent, made once: what differs between answers is their `Run`."""

    def __init__(self, limits: Limits) -> None:
        for name in LOGGERS:
            # They would log what tools and models said.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._limits = limits
        self._agent: Runnable[Any, Any] = create_agent(
            ProviderModel(),
            middleware=[ThroughRun()],
            context_schema=Run,
        )

    async def run(self, turns: Turns) -> None:
        """Let models and tools take turns until the model wants no tool any more."""
        # Whatever the environment says, nothing is sent to LangChain's makers.
        with tracing_context(enabled=False):
            await self._agent.ainvoke(
                # The question itself stays with the turns, images and all.
                {"messages": [HumanMessage("")]},
                {
                    "recursion_limit": 4 * (self._limits.model_calls + 2),
                    "max_concurrency": self._limits.at_once,
                },
                context=Run(turns),
            )
