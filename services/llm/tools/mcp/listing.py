"""What a server says that it has, as far as it can be believed."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter

from services.llm.model import ToolSpec
from services.llm.tools.model import MAX_DESCRIPTION, MAX_NAME
from services.llm.tools.policy import ServerPolicy, ToolPolicy
from services.llm.tools.schemas import LyingSchema, checked

log = logging.getLogger(__name__)

MAX_TOOLS = 64  # of a server
MAX_LOOKED_AT = 4 * MAX_TOOLS
MAX_DISPLAY_NAME = 80
UNFIT = re.compile(r"[^a-zA-Z0-9_-]")
SEPARATOR = "__"

left_out = Counter(
    "llm_mcp_tools_left_out",
    "Tools that a server lists and nobody is offered: too_many, schema, or name.",
    ("server", "why"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A tool of a server."""

    name: str  # the server's
    spec: ToolSpec
    display_name: str
    policy: ToolPolicy
    output: Mapping[str, Any] | None  # a schema by which its answers can be checked


def believed(server: ServerPolicy, tools: list[Any]) -> Iterator[Listed]:
    """Yield the tools that are allowed and can be used."""
    names: set[str] = set()
    if (more := len(tools) - MAX_LOOKED_AT) > 0:
        left_out.labels(server.name, "too_many").inc(more)
    for tool in tools[:MAX_LOOKED_AT]:
        policy = server.policy_of(tool.name)
        if policy is None:
            continue
        name = named(server.name, tool.name)
        if len(names) >= MAX_TOOLS:
            left_out.labels(server.name, "too_many").inc()
            continue
        if name in names:
            left_out.labels(server.name, "name").inc()
            continue
        try:
            schema = checked(tool.input_schema)
        except LyingSchema as error:
            left_out.labels(server.name, "schema").inc()
            extra = {"server": server.name, "tool": name, "why": str(error)}
            log.warning("a tool is left out: its schema cannot be used", extra=extra)
            continue
        names.add(name)
        spec = ToolSpec(name, plain(tool.description, MAX_DESCRIPTION), schema)
        title = plain(tool.title or tool.name, MAX_DISPLAY_NAME)
        yield Listed(tool.name, spec, title, policy, answers(tool))


def answers(tool: Any) -> Mapping[str, Any] | None:
    """Return the schema of what a tool answers, if it has one that can be used."""
    with suppress(LyingSchema):
        return checked(tool.output_schema)
    return None


def named(server: str, tool: str) -> str:
    """Return what models call a tool of a server."""
    return f"{server}{SEPARATOR}{UNFIT.sub('_', tool)}"[:MAX_NAME]


def plain(text: str | None, maximum: int) -> str:
    """Return the beginning of a text on one line."""
    shown = "".join(
        character if character.isprintable() else " "
        for character in (text or "")[: 2 * maximum]
    )
    return " ".join(shown.split())[:maximum].strip()
