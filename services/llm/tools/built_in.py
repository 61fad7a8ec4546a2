"""The tools that are built in, as the operator allows them."""

from collections.abc import Iterator

from services.kit.clock import Clock, utc_now
from services.llm.model import ToolSpec
from services.llm.tools.builtin import (
    calculator,
    current_time,
    remember,
    search_conversations,
    search_documents,
    web_fetch,
)
from services.llm.tools.model import CALL_SECONDS, Run, Tool, Tools
from services.llm.tools.policy import BuiltInPolicy, ToolPolicy
from services.llm.tools.ports import Conversations, Documents, Memories


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
        clock: Clock = utc_now,
    ) -> None:
        self._policy = policy
        self._web = web
        self._documents = documents
        self._conversations = conversations
        self._memories = memories
        self._clock = clock
        self._tools = tuple(self._made())

    async def tools(self) -> Tools:
        """Return them."""
        return self._tools

    def _made(self) -> Iterator[Tool]:
        policy = self._policy
        yield tool(calculator.SPEC, calculator.calculate, policy.calculator)
        now = current_time.CurrentTime(self._clock)
        yield tool(current_time.SPEC, now.tell, policy.current_time)
        if self._documents:
            documents = search_documents.SearchDocuments(self._documents)
            yield tool(search_documents.SPEC, documents.search, policy.search_documents)
        if self._conversations:
            said = search_conversations.SearchConversations(self._conversations)
            yield tool(
                search_conversations.SPEC, said.search, policy.search_conversations
            )
        if self._web:
            # What it is asked for leaves the house.
            yield tool(web_fetch.SPEC, self._web.fetch, policy.web_fetch, approval=True)
        if self._memories:
            kept = remember.Remember(self._memories)
            yield tool(remember.SPEC, kept.keep, policy.remember, approval=True)


def tool(
    spec: ToolSpec,
    run: Run,
    policy: ToolPolicy,
    *,
    approval: bool = False,
    seconds: float = CALL_SECONDS,
) -> Tool:
    """Return a tool as policy has it, which may be silent about `approval`."""
    return Tool(
        spec=spec,
        display_name=spec.name.replace("_", " ").capitalize(),
        run=run,
        enabled=policy.enabled,
        approval=policy.approval == "always" if policy.approval else approval,
        seconds=seconds,
    )
