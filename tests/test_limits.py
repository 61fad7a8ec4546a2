"""`docs/limits.md` says of limits what the constants say, and names tests there are."""

import re
from pathlib import Path

import pytest

from services.llm.documents.reading import bounds
from services.llm.documents.reading.bounds import LIMITS
from tests.figures import CONSTANT, figures, rows, value

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/limits.md").read_text()
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<name>test_\w+)`")
ROWS = list(rows(TEXT))


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
