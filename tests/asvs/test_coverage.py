"""How coverage is counted, shown and published."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.asvs import __main__ as command
from tools.asvs.catalogue import Catalogue
from tools.asvs.coverage import Coverage
from tools.asvs.document import DOCUMENT, published, tables
from tools.asvs.findings import FOLDER, Finding, write
from tools.asvs.marks import in_python, marks

PASSED = Finding("test_a", ("6.2.1", "6.2.9", "6.3.8"), "passed")
FAILED = Finding("test_b", ("6.2.9",), "failed")


@pytest.fixture
def catalogue() -> Catalogue:
    """All of it."""
    return Catalogue.read()


@pytest.fixture
def marked() -> Mapping[str, list[str]]:
    """What the tests of this tree are marked with."""
    return marks()


def test_the_standard_has_as_many_requirements_as_it_has(catalogue: Catalogue):
    levels = list(catalogue.levels.values())

    assert [levels.count(level) for level in (1, 2, 3)] == [70, 183, 92]


def test_what_does_not_apply_is_of_levels_that_count(catalogue: Catalogue):
    assert catalogue.reasons.keys() <= catalogue.counted


def test_what_does_not_apply_is_not_counted(catalogue: Catalogue):
    whole = Coverage(catalogue, ["17.1.1", "6.2.1"]).of(1, 2)

    assert whole.proved == 1
    assert whole.applicable == 253 - len(catalogue.reasons)


def test_what_is_of_level_3_is_not_counted(catalogue: Catalogue):
    assert Coverage(catalogue, ["6.3.8"]).of(1, 2).proved == 0


def test_chapters_add_up(catalogue: Catalogue):
    coverage = Coverage(catalogue, ["1.2.4", "10.4.5", "6.2.1"])
    parts = [coverage.of(1, 2, chapter=chapter) for chapter in range(1, 18)]
    whole = coverage.of(1, 2)

    assert sum(part.proved for part in parts) == whole.proved == 3
    assert sum(part.applicable for part in parts) == whole.applicable
    assert sum(part.total for part in parts) == whole.total == 253


def test_marks_are_found_wherever_they_stand():
    found = in_python(
        """
import pytest
pytestmark = pytest.mark.asvs("1.1.1")

@pytest.mark.asvs("1.1.2", "1.2.1")
async def test_a(): ...

@pytest.mark.parametrize("a", [pytest.param(1, marks=pytest.mark.asvs("1.2.2"))])
def test_b(a): ...
"""
    )

    assert sorted(found) == ["1.1.1", "1.1.2", "1.2.1", "1.2.2"]


def test_no_mark_names_what_nobody_knows(
    catalogue: Catalogue, marked: Mapping[str, list[str]]
):
    unknown = {name: marked[name] for name in marked.keys() - catalogue.levels.keys()}

    assert unknown == {}, "see tools/asvs/requirements.csv"


def test_what_does_not_apply_is_proved_by_nothing(
    catalogue: Catalogue, marked: Mapping[str, list[str]]
):
    both = {name: marked[name] for name in catalogue.reasons if name in marked}

    assert both == {}, "take it out of tools/asvs/inapplicable.yaml, or off the test"


def test_what_is_known_not_to_hold_is_proved_by_nothing(
    catalogue: Catalogue, marked: Mapping[str, list[str]]
):
    _, _, rest = DOCUMENT.read_text().partition("| known not to hold |")
    rows = [line.split("|")[1] for line in rest.partition("\n\n")[0].splitlines()[2:]]
    known = {name.strip() for row in rows for name in row.split(",")}

    assert known
    assert known <= catalogue.applicable
    assert known.isdisjoint(marked), "take it out of docs/asvs.md, or off the test"


def test_the_document_says_what_the_tests_are_marked_with(
    catalogue: Catalogue, marked: Mapping[str, list[str]]
):
    said = published()

    assert said == tables(Coverage(catalogue, marked.keys())), (
        "write it anew: make asvs ARGS=--write"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--total"], "passing tests prove 1 of the"),
        (["--last"], "V6 authentication"),
        (["--last"], "does not apply"),
        (["--missing"], "6.2.9\n"),
        (["--of", "6.2.9"], "failed   test_b"),
        (["--of", "17.1.1"], "It does not apply: "),
    ],
)
def test_the_command_says_what_the_last_runs_found(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: list[str],
    said: str,
):
    write(tmp_path / FOLDER, "run", [PASSED, FAILED])
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["asvs", *arguments])

    with pytest.raises(SystemExit) as ended:
        command.main()

    assert ended.value.code == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("found", "arguments", "said"),
    [
        ([PASSED], ["--of", "6.2.99"], "no requirement '6.2.99'"),
        ([], ["--last"], "No run has told yet"),
    ],
)
def test_the_command_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    found: list[Finding],
    arguments: list[str],
    said: str,
):
    write(tmp_path / FOLDER, "run", found)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["asvs", *arguments])

    with pytest.raises(SystemExit, match=said):
        command.main()
