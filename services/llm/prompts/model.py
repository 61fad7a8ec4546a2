"""What prompts are, and what they say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from services.kit.errors import InvalidField, Kind, ServiceError

MAX_PROMPTS = 200  # of a user
MAX_VERSIONS = 1_000  # of a prompt
MAX_NAME = 100
MAX_DESCRIPTION = 1_000
MAX_TEXT = 32_000
MAX_VARIABLES = 50
MAX_WEIGHT = 1_000

VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\}")


class PromptNotFound(ServiceError):
    """There is no such prompt, or it has no such version."""

    kind = Kind.NOT_FOUND
    reason = "PROMPT_NOT_FOUND"


class TooManyPrompts(ServiceError):
    """You have as many prompts, or versions of this one, as may be."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_PROMPTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a prompt says."""

    number: int  # from 1
    text: str
    weight: int
    create_time: datetime

    @property
    def variables(self) -> Sequence[str]:
        """The names of its variables, in the order of their first use."""
        return variables_of(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Instructions that are kept."""

    id: UUID
    display_name: str
    description: str
    create_time: datetime
    update_time: datetime


def variables_of(text: str) -> Sequence[str]:
    """Name the variables of a text."""
    return list(dict.fromkeys(VARIABLE.findall(text)))


def rendered(text: str, values: Mapping[str, str]) -> str:
    """
    Put values in for the variables, as they are: nothing in a value has a meaning.

    Raises `InvalidField` for a variable without a value.
    """
    for name in variables_of(text):
        if name not in values:
            raise InvalidField(field=f"variables[{name}]", expected="a value")
    return VARIABLE.sub(lambda found: values[found[1]], text)


def chosen(weights: Mapping[int, int], random: Random) -> int:
    """Choose a version by weight; the newest if none has any."""
    if not any(weights.values()):
        return max(weights)
    (number,) = random.choices([*weights], [*weights.values()])
    return number
