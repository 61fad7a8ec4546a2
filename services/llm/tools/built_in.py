"""The tools that are built in, as the operator allows them."""

from collections.abc import Iterator

from services.kit.clock import Clock, utc_now
from services.llm.model import ToolSpec
from services.llm.tools.builtin import (
    calculator,
    current_time,
    remember,
    run_python,
    search_conversations,
    search_documents,
    web_fetch,
)
from services.llm.tools.model import CALL_SECONDS, Run, Tool, Tools
from services.llm.tools.policy import BuiltInPolicy, BuiltInToolPolicy
from services.llm.tools.ports import Conversations, Documents, Memories

PROPER_NAMES = {run_python.SPEC.name: "Run Python"}
PYTHON_SECONDS = 60.0  # waiting in line, and making its machine code once


class BuiltIn:
    """Those for which there is what they need; they are there as long as Parley is."""

    def __init__(
        self,
        policy: BuiltInPolicy,
        *,
        web: web_fetch.WebFetch | None = None,
        documents: Documents | None = None,
        conversations: Conversations | None = None,
        memories: Memories | None = None,
        python: run_python.RunPython | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._policy = policy
        self._web = web
        self._documents = documents
        self._conversations = conversations
        self._memories = memories
        self._python = python
        self._clock = clock
        self._tools = tuple(tool for tool in self._made() if tool)

    async def tools(self) -> Tools:
        """Return them."""
        return self._tools

    def _made(self) -> Iterator[Tool | None]:
        policy = self._policy
        yield made(calculator.SPEC, calculator.calculate, policy.calculator)
        now = current_time.CurrentTime(self._clock)
        yield made(current_time.SPEC, now.tell, policy.current_time)
        if self._documents:
            found = search_documents.SearchDocuments(self._documents)
            yield made(search_documents.SPEC, found.search, policy.search_documents)
        if self._conversations:
            said = search_conversations.SearchConversations(self._conversations)
            allowed = policy.search_conversations
            yield made(search_conversations.SPEC, said.search, allowed)
        if self._web:
            # What it is asked for leaves the house.
            fetch, allowed = self._web.fetch, policy.web_fetch
            yield made(web_fetch.SPEC, fetch, allowed, approval=True)
        if self._memories:
            kept = remember.Remember(self._memories)
            yield made(remember.SPEC, kept.keep, policy.remember, approval=True)
        if self._python:
            run, allowed = self._python.run, policy.run_python
            yield made(run_python.SPEC, run, allowed, seconds=PYTHON_SECONDS)


def made(
    spec: ToolSpec,
    run: Run,
    policy: BuiltInToolPolicy,
    *,
    approval: bool = False,
    seconds: float = CALL_SECONDS,
) -> Tool | None:
    """Return a tool as policy has it, which may be silent about `approval`."""
    if not policy.allowed:
        return None
    words = spec.name.replace("_", " ").capitalize()
    return Tool(
        spec=spec,
        display_name=PROPER_NAMES.get(spec.name, words),
        run=run,
        enabled=policy.enabled,
        approval=policy.approval == "always" if policy.approval else approval,
        seconds=seconds,
    )
