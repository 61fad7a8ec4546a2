"""Which tools the operator allows: the file `LLM_TOOLS_FILE`, checked."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MAX_FILE = 256 * 1024  # bytes
EVERY = "*"  # whatever else a server has

Approval = Literal["always", "never"]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Seconds = Annotated[float, Field(gt=0, le=300)]
Host = Annotated[str, Field(pattern=r"^(\*\.)?[A-Za-z0-9.-]+$")]


class Part(BaseModel):
    """A part of the file, in which every word is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolPolicy(Part):
    """What is allowed of one tool."""

    enabled: bool = True
    approval: Approval | None = None  # None: as the tool's kind has it


class BuiltInToolPolicy(ToolPolicy):
    """What is allowed of a tool that is there whether or not the file names it."""

    allowed: bool = True


class WebPolicy(BuiltInToolPolicy):
    """What may be fetched."""

    hosts: tuple[Host, ...] = ()  # any, if there are none


class RememberPolicy(BuiltInToolPolicy):
    """Nothing is kept of a user who did not agree."""

    approval: Literal["always"] | None = None


class BuiltInPolicy(Part):
    """What is allowed of the tools that are built in."""

    calculator: BuiltInToolPolicy = BuiltInToolPolicy()
    current_time: BuiltInToolPolicy = BuiltInToolPolicy()
    web_fetch: WebPolicy = WebPolicy()
    search_documents: BuiltInToolPolicy = BuiltInToolPolicy()
    search_conversations: BuiltInToolPolicy = BuiltInToolPolicy()
    remember: RememberPolicy = RememberPolicy()
    run_python: BuiltInToolPolicy = BuiltInToolPolicy()


class ServerPolicy(Part):
    """An MCP server, and what is allowed of its tools."""

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$")
    url: str | None = Field(None, pattern=r"^https?://[^\s/@]+(/\S*)?$")
    headers: Mapping[str, Variable] = {}  # to the variables that hold their values
    command: tuple[str, ...] = ()
    environment: tuple[Variable, ...] = ()  # variables that the command may see
    folder: str | None = None
    connect_seconds: Seconds = 10.0
    call_seconds: Seconds = 30.0
    tools: Mapping[str, ToolPolicy] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def reachable(self) -> "ServerPolicy":
        """Refuse a server that is nowhere, or in two places, or lacks its secrets."""
        if bool(self.url) == bool(self.command):
            raise ValueError("write either `url` or `command`")
        if self.headers and not self.url:
            raise ValueError("`headers` go with `url`, `environment` with `command`")
        if self.command and not Path(self.command[0]).is_absolute():
            raise ValueError("write the whole path of the program in `command`")
        for variable in (*self.headers.values(), *self.environment):
            if variable not in os.environ:
                raise ValueError(f"set the environment variable {variable}")
        return self

    def policy_of(self, tool: str) -> ToolPolicy | None:
        """Return what is allowed of a tool of the server; None if nothing."""
        return self.tools.get(tool, self.tools.get(EVERY))


class Policy(Part):
    """The whole file."""

    tools: BuiltInPolicy = BuiltInPolicy()
    servers: Annotated[tuple[ServerPolicy, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def distinct(self) -> "Policy":
        """Refuse two servers of one name."""
        names = [server.name for server in self.servers]
        if len({*names}) < len(names):
            raise ValueError("give each of `servers` a `name` of its own")
        return self


def read_policy(path: Path | None) -> Policy:
    """Read the file, or raise ValueError with what to write."""
    if path is None:
        return Policy()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > MAX_FILE:
        raise ValueError(f"{path}: it has more than {MAX_FILE} bytes")
    try:
        return Policy.model_validate(yaml.safe_load(data) or {})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ValueError(f"{path}{line}: it is no YAML") from error
    except ValidationError as error:
        raise ValueError(
            "; ".join(
                f"{path}: {'.'.join(map(str, problem['loc']))}: {said(problem['msg'])}"
                for problem in error.errors(include_input=False, include_url=False)
            )
        ) from error


def said(message: str) -> str:
    """Say what pydantic says without its preface."""
    return message.removeprefix("Value error, ")


def holding_policy(path: Path) -> Path:
    """Refuse a file that holds no policy, before anything starts."""
    read_policy(path)
    return path
