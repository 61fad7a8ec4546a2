"""Prompts as protobuf."""

from collections.abc import Iterable
from typing import Any

from parley.llm.v1 import prompt_service_pb2 as pb
from services.kit.fields import InvalidField, text
from services.kit.lines import one_line
from services.kit.names import InvalidName
from services.kit.times import timestamp
from services.llm.names import PromptName
from services.llm.prompts.model import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_TEXT,
    MAX_VARIABLES,
    MAX_WEIGHT,
    Prompt,
    Version,
    variables_of,
)

MUTABLE = ("display_name", "description")
VERSIONS = "versions"


def from_prompt(prompt: pb.Prompt, fields: Iterable[str]) -> dict[str, Any]:
    """Read what fields of a prompt are to be."""
    readers = {
        "display_name": lambda: one_line(
            "prompt.display_name", prompt.display_name, minimum=1, maximum=MAX_NAME
        ),
        "description": lambda: text(
            "prompt.description", prompt.description, maximum=MAX_DESCRIPTION
        ),
    }
    return {field: readers[field]() for field in fields}


def text_of(field: str, value: str) -> str:
    """Read what a version says."""
    text(field, value, minimum=1, maximum=MAX_TEXT)
    if len(variables_of(value)) > MAX_VARIABLES:
        raise InvalidField(field=field, expected=f"at most {MAX_VARIABLES} variables")
    return value


def weight_of(weight: int) -> int:
    """Read how often a version is to be chosen."""
    if not 0 <= weight <= MAX_WEIGHT:
        expected = f"0 to {MAX_WEIGHT}"
        raise InvalidField(field="prompt_version.weight", expected=expected)
    return weight


def parse_version(name: str) -> tuple[PromptName, int]:
    """Read `users/{user}/prompts/{prompt}/versions/{version}`."""
    prompt, _, number = name.rpartition(f"/{VERSIONS}/")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        expected = "users/*/prompts/*/versions/*"
        raise InvalidName(name=name[:200], expected=expected)
    return PromptName.parse(prompt), int(number)


def version_name(of: PromptName, number: int) -> str:
    """Name a version."""
    return f"{of}/{VERSIONS}/{number}"


def to_prompt(name: PromptName, prompt: Prompt, latest: Version | None) -> pb.Prompt:
    """Put a prompt on the wire."""
    return pb.Prompt(
        name=str(name),
        display_name=prompt.display_name,
        description=prompt.description,
        latest_version=to_version(name, latest) if latest else None,
        create_time=timestamp(prompt.create_time),
        update_time=timestamp(prompt.update_time),
    )


def to_version(of: PromptName, version: Version) -> pb.PromptVersion:
    """Put a version on the wire."""
    return pb.PromptVersion(
        name=version_name(of, version.number),
        text=version.text,
        variables=version.variables,
        weight=version.weight,
        create_time=timestamp(version.create_time),
    )
