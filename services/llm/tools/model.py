"""What tools are. No I/O, no protobuf."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.kit.errors import Kind, ServiceError
from services.llm.model import ToolSpec

MAX_NAME = 64  # characters, which every provider takes
MAX_DESCRIPTION = 1_000  # characters of what a server says of a tool
MAX_SHOWN = 16 * 1024  # bytes of arguments, or of a result, in an event
MAX_ARGUMENTS = 64 * 1024  # bytes
MAX_RESULT = 32 * 1024  # bytes of a result that a model is told
CALL_SECONDS = 30.0
APPROVAL_SECONDS = 300.0

Decision = Literal["approved", "denied", "lapsed"]


class ToolNotFound(ServiceError):
    """The operator allows no such tool, or its server is away."""

    kind = Kind.NOT_FOUND
    reason = "TOOL_NOT_FOUND"


class ToolCallNotFound(ServiceError):
    """There is no such call, or it does not wait for you any more."""

    kind = Kind.NOT_FOUND
    reason = "TOOL_CALL_NOT_FOUND"


class CallFailed(Exception):
    """A call failed; the message is for the model and the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a tool is called with, checked against its schema."""

    user_id: UUID
    groups: frozenset[UUID] = frozenset()  # that they are in
    arguments: Mapping[str, object]
    conversation_id: UUID | None = None

    def text(self, name: str, default: str = "") -> str:
        """Return an argument that the schema says is a text."""
        return str(self.arguments.get(name, default))


Run = Callable[[Call], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """
    Something that a model may call, as the operator allows it.

    `run` returns what the model is told, or raises `CallFailed`.
    """

    spec: ToolSpec
    display_name: str
    run: Run
    server: str = ""  # empty for what is built in
    enabled: bool = True  # unless a user says something else
    approval: bool = False  # whether each call waits for the user to agree
    seconds: float = CALL_SECONDS

    @property
    def name(self) -> str:
        """What models call it."""
        return self.spec.name

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands in a list: built in, then server by server."""
        return self.server, self.name


@dataclass(frozen=True, slots=True)
class UserTool:
    """A tool as one user has it."""

    tool: Tool
    enabled: bool


Choice = Mapping[str, bool]  # by the names of tools that a user decided about
Tools = Sequence[Tool]


def cut(text: str, maximum: int) -> tuple[str, bool]:
    """Return the beginning of a text, in bytes of UTF-8; and whether there was more."""
    if len(text) <= maximum // 4:
        return text, False
    data = text.encode(errors="replace")
    if len(data) <= maximum:
        return text, False
    return data[:maximum].decode(errors="ignore"), True
