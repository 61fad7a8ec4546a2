"""`docs/limits.md` says of limits what the constants say, and names tests there are."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from services.llm.documents.reading import bounds
from services.llm.documents.reading.bounds import LIMITS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/limits.md").read_text()
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "days": 86_400, "min": 60}
CONSTANT = re.compile(r"`(?P<module>[\w.]+):(?P<name>[\w.]+)`")
FIGURE = re.compile(
    r"(?<![\w.])(?P<number>\d[\d,]*(?:\.\d+)?)(?: (?P<unit>[A-Za-z]+))?"
)
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<name>test_\w+)`")


def rows() -> Iterator[tuple[str, str, str]]:
    """List the lines that name constants: the section, what they say, the constants."""
    for section in TEXT.split("\n## ")[1:]:
        title, _, content = section.partition("\n")
        for line in content.splitlines():
            if CONSTANT.search(line):
                *_, said, constants, _ = line.split("|")
                yield title, said, constants


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
    if isinstance(holder, type) and issubclass(holder, BaseModel):
        return holder.model_fields[name].default
    if dataclasses.is_dataclass(holder):
        return {field.name: field.default for field in dataclasses.fields(holder)}[name]
    return getattr(holder, name)


ROWS = list(rows())


@pytest.mark.asvs("2.1.1", "2.1.3", "15.1.3")
@pytest.mark.parametrize(("title", "said", "constants"), ROWS)
def test_a_limit_is_what_people_are_told(title: str, said: str, constants: str) -> None:
    told = figures(said)

    for found in CONSTANT.finditer(constants):
        assert value(found["module"], found["name"]) in told, f"{title}: {said}"


@pytest.mark.asvs("2.1.1", "2.1.3", "15.1.3")
@pytest.mark.parametrize(
    ("title", "least"),
    [
        ("What something has to look like", 12),
        ("How much one user may have", 12),
        ("How much all together may do", 4),
        ("What costs much, and what keeps it from costing more", 7),
    ],
)
def test_every_kind_of_limit_is_told(title: str, least: int) -> None:
    assert len([row for row in ROWS if row[0] == title]) >= least


@pytest.mark.asvs("2.1.2")
def test_what_has_to_fit_together_is_proved_by_tests_there_are() -> None:
    named = [*TEST.finditer(TEXT)]

    assert len(named) >= 9
    for found in named:
        source = (ROOT / found["file"]).read_text()
        assert f"def {found['name']}(" in source, found["name"]


@pytest.mark.asvs("5.1.1")
def test_what_may_be_uploaded_is_told_with_its_bounds() -> None:
    reading = (ROOT / "docs/reading.md").read_text()
    kinds = [
        "PDF",
        "DOCX",
        "PPTX",
        "XLSX",
        "CSV",
        "HTML",
        "EPUB",
        ".eml",
        "JSON",
        "PNG",
    ]
    refusals = ["ENCRYPTED", "CORRUPT", "TOO_COMPLEX", "UNSUPPORTED", "WITHOUT_TEXT"]

    assert [word for word in kinds if word not in reading] == []
    assert [word for word in refusals if f"DOCUMENT_{word}" not in reading] == []
    assert f"{bounds.MAX_UNPACKED_BYTES >> 20} MiB" in reading
    assert f"{bounds.MAX_ENTRIES:,} entries" in reading
    assert f"{bounds.MAX_PAGES:,} pages" in reading
    assert f"{LIMITS.cpu_seconds} seconds of computing" in reading
    assert f"{LIMITS.memory_bytes >> 30} GiB" in reading
