"""The tools there are, and which of them a user has enabled."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.kit.requests.model import Request
from services.llm.tools.model import Choice, Tool, ToolNotFound, UserTool
from services.llm.tools.ports import Choices, Source


class Catalogue:
    """All that the operator allows."""

    def __init__(self, sources: Sequence[Source], choices: Choices) -> None:
        self._sources = sources
        self._choices = choices

    async def tools(self) -> Mapping[str, Tool]:
        """Return the tools that can be called now, by their names."""
        found = await asyncio.gather(*(source.tools() for source in self._sources))
        tools = sorted((tool for some in found for tool in some), key=place)
        return {tool.name: tool for tool in tools}

    async def of(self, user_id: UUID) -> Sequence[UserTool]:
        """Return them as a user has them."""
        tools = await self.tools()
        choices = await self._choices.choices(user_id)
        return [UserTool(tool, enabled(tool, choices)) for tool in tools.values()]

    async def choose(
        self, user_id: UUID, name: str, request: Request, *, enabled: bool
    ) -> UserTool:
        """Enable or disable a tool for a user."""
        tool = (await self.tools()).get(name)
        if tool is None:
            raise ToolNotFound(tool=name)
        await self._choices.choose(user_id, name, request, enabled=enabled)
        choices = await self._choices.choices(user_id)
        return UserTool(tool, choices.get(name, enabled))


def place(tool: Tool) -> tuple[str, str]:
    """Say where a tool stands in a list."""
    return tool.place


def enabled(tool: Tool, choices: Choice) -> bool:
    """Tell whether a tool may be offered: the user's word counts before policy's."""
    return choices.get(tool.name, tool.enabled)
