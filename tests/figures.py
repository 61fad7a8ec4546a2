"""Figures in documents, and the constants that they name."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from importlib import import_module
from typing import Any

from pydantic import BaseModel

UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "days": 86_400, "min": 60}
CONSTANT = re.compile(r"`(?P<module>[\w.]+):(?P<name>[\w.]+)`")
FIGURE = re.compile(
    r"(?<![\w.])(?P<number>\d[\d,]*(?:\.\d+)?)(?: (?P<unit>[A-Za-z]+))?"
)


def rows(text: str) -> Iterator[tuple[str, str, str]]:
    """List the lines that name constants: the section, what they say, the constants."""
    for title, content in sections(text).items():
        for line in content.splitlines():
            if line.startswith("|") and CONSTANT.search(line):
                *_, said, constants, _ = line.split("|")
                yield title, said, constants


def sections(text: str) -> dict[str, str]:
    """Part a document by its headings."""
    parted = (section.partition("\n") for section in text.split("\n## ")[1:])
    return {title: content for title, _, content in parted}


def figures(said: str) -> list[float]:
    """Read the numbers of a cell, in bytes or seconds where they have a unit."""
    return [
        float(found["number"].replace(",", "")) * UNITS.get(found["unit"] or "", 1)
        for found in FIGURE.finditer(said)
    ]


def value(module: str, name: str) -> float:
    """Look a constant up; of a class, the default of its field."""
    found = reduce(attribute, name.split("."), import_module(module))
    return found.total_seconds() if isinstance(found, timedelta) else float(found)


def attribute(holder: Any, name: str) -> Any:
    """Look up one step: in a module or an object, or the default of a field."""
    if isinstance(holder, type) and issubclass(holder, BaseModel):
        return holder.model_fields[name].default
    if dataclasses.is_dataclass(holder):
        return {field.name: field.default for field in dataclasses.fields(holder)}[name]
    return getattr(holder, name)
