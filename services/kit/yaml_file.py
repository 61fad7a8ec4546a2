"""YAML files that people write: checked strictly, with errors that say where."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

MAX_BYTES = 1024 * 1024
MAX_PROBLEMS = 10

Place = Sequence[str | int]
Problem = tuple[Place, str]


class Unreadable(ValueError):
    """A file is not as it should be; the message says where and why."""


class Part(BaseModel):
    """A part of such a file: what it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Whole(Part):
    """A file, which can tell what no part of it can see."""

    def problems(self) -> Iterable[Problem]:
        """Say what does not fit together, and where."""
        return ()


W = TypeVar("W", bound=Whole)


def read_yaml(path: Path, schema: type[W]) -> W:
    """Read a file, or raise `Unreadable`, which names every place that is wrong."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(f"{path} is larger than {MAX_BYTES:,} bytes")
        text = path.read_text()
        node = yaml.compose(text, yaml.SafeLoader)
        content = yaml.safe_load(text)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{path} is not UTF-8") from None
    except yaml.YAMLError as error:
        raise Unreadable(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    problems = list(twice(node, ()))
    if not problems:
        if not isinstance(content, dict):
            raise Unreadable(f"{path} has to be a mapping of names to values")
        try:
            whole = schema.model_validate(content)
        except ValidationError as error:
            problems = [(each["loc"], each["msg"]) for each in error.errors()]
        else:
            problems = list(whole.problems())
            if not problems:
                return whole
    lines = [
        f"{path}, line {line(node, place)}, {written(place)}: {message}"
        for place, message in problems[:MAX_PROBLEMS]
    ]
    raise Unreadable("\n".join(lines))


def twice(node: yaml.Node | None, place: Place) -> Iterable[Problem]:
    """Name the keys that stand twice, of which YAML takes the last without a word."""
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from twice(item, (*place, number))
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield (*place, name), "stands twice"
            seen.add(name)
            yield from twice(value, (*place, name))


def line(node: yaml.Node | None, place: Place) -> int:
    """Find the line of a place, or of the nearest around it."""
    found = 1
    for step in place:
        if node is not None:
            found = node.start_mark.line + 1
        node, at = inner(node, step)
        found = at or found
    return found


def inner(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, int]:
    """Go one step into a node; say at which line that is, or zero."""
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == str(step):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        item = node.value[step]
        return item, item.start_mark.line + 1
    return None, 0


def written(place: Place) -> str:
    """Write a place: `models[2].price.input`."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in place]
    return "".join(steps).removeprefix(".") or "the file"
