"""The file with the rules of a deployment."""

from pathlib import Path

import pytest

from services.kit.yaml_file import Unreadable
from services.llm.guards.rulebook import NO_RULES, read_rules
from services.llm.guards.rules import Rules

FILE = """\
use:
  - rule: credit-card
    action: block
  - rule: project
    where: [answer]
rules:
  - name: project
    pattern: '\\bPROJECT-[A-Z]{3,10}\\b'
    alphabet: 'A-Z-'
    longest: 20
    action: redact
"""


SEEN = "4111111111111111 for PROJECT-APOLLO"


def names(rules: Rules, text: str) -> list[str]:
    return [finding.rule for finding in rules.find(text)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


def test_a_file_names_rules_and_brings_its_own(path: Path):
    path.write_text(FILE)

    book = read_rules(path)

    assert names(book.of_questions, SEEN) == ["credit-card"]
    assert names(book.of_answers, SEEN) == ["credit-card", "project"]
    (found,) = book.of_answers.find("See PROJECT-APOLLO.")
    assert (found.start, found.end, found.action) == (4, 18, "redact")


def test_without_a_file_there_are_no_rules():
    assert not NO_RULES


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        (
            "rule: credit-card",
            "rule: cards",
            "line 2, use[0].rule: no such rule; there",
        ),
        ("action: block", "action: warn", "line 3, use[0].action: Input should be"),
        ("[A-Z]{3,10}", "[A-Z", "line 8, rules[0].pattern: is no regular expression"),
        ("name: project", "name: email", "there is a 'email' already"),
        (
            "rule: credit-card\n    action: block",
            "rule: private-key\n    action: redact",
            "private-key shows only where it begins: it can be blocked",
        ),
        ("longest: 20", "longest: 2000", "line 10, rules[0].longest: Input should be"),
        ("    where:", "    were:", "line 5, use[1].were: Extra inputs"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(
    path: Path, was: str, now: str, message: str
):
    assert was in FILE
    path.write_text(FILE.replace(was, now))

    with pytest.raises(Unreadable) as caught:
        read_rules(path)

    assert message in str(caught.value)
