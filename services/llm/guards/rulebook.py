"""Which rules a deployment has: those that a file names, shipped or its own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from services.kit.yaml_file import Part, Problem, Whole, read_yaml
from services.llm.guards.rules import CHECKS, Action, PatternRule, Rules

SHIPPED = Path(__file__).with_name("rules.yaml")
MAX_RULES = 100
Where = Literal["question", "answer"]


NONE = Rules()


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What is looked for in questions and in answers."""

    of_questions: Rules = NONE
    of_answers: Rules = NONE

    def __bool__(self) -> bool:
        return bool(self.of_questions or self.of_answers)


NO_RULES = Rulebook()


class Written(Part):
    """A rule as a file says it."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    pattern: str = Field(min_length=1, max_length=2_000)
    alphabet: str = Field(min_length=1, max_length=200)
    longest: int = Field(ge=1, le=1_000)
    needs: str = Field("", max_length=200)  # empty: the alphabet
    check: Literal["none", "luhn", "iban"] = "none"
    action: Action
    begins: bool = False

    def problems(self) -> Iterator[Problem]:
        """Say what is wrong with the expressions."""
        for name, expression in (
            ("pattern", self.pattern),
            ("alphabet", f"[{self.alphabet}]"),
            ("needs", f"[{self.needs or self.alphabet}]"),
        ):
            try:
                re.compile(expression)
            except re.error as error:
                yield (name,), f"is no regular expression: {error}"

    def rule(self, action: Action | None) -> PatternRule:
        """Make it."""
        return PatternRule(
            name=self.name,
            pattern=re.compile(self.pattern),
            alphabet=characters(self.alphabet),
            longest=self.longest,
            needs=characters(self.needs or self.alphabet),
            action=action or self.action,
            valid=CHECKS[self.check],
        )


def characters(of_class: str) -> str:
    """Spell out a character class, as far as European letters go."""
    return "".join(filter(re.compile(f"[{of_class}]").match, map(chr, range(0x250))))


class Use(Part):
    """Which rule is used, where, and what it does."""

    rule: str
    where: list[Where] = Field(["question", "answer"], min_length=1)
    action: Action | None = None


class RulesFile(Whole):
    """`LLM_RULES_FILE`."""

    use: list[Use] = Field(max_length=MAX_RULES)
    rules: list[Written] = Field([], max_length=MAX_RULES)

    def problems(self) -> Iterable[Problem]:
        """Say what does not fit together."""
        names = set(shipped())
        for number, written in enumerate(self.rules):
            if written.name in names:
                yield ("rules", number, "name"), f"there is a {written.name!r} already"
            names.add(written.name)
            for place, message in written.problems():
                yield ("rules", number, *place), message
        all_rules = self.all()
        for number, use in enumerate(self.use):
            if use.rule not in all_rules:
                known = ", ".join(sorted(all_rules))
                yield ("use", number, "rule"), f"no such rule; there are: {known}"
            elif use.action == "redact" and all_rules[use.rule].begins:
                message = f"{use.rule} shows only where it begins: it can be blocked"
                yield ("use", number, "action"), message

    def all(self) -> dict[str, Written]:
        """Return every rule by its name."""
        return {**shipped(), **{rule.name: rule for rule in self.rules}}

    def used(self, where: Where) -> Rules:
        """Make the rules that are used there."""
        every = self.all()
        return Rules(
            [every[use.rule].rule(use.action) for use in self.use if where in use.where]
        )


def shipped() -> dict[str, Written]:
    """Read the rules that ship with Parley."""
    rules = [Written(**each) for each in yaml.safe_load(SHIPPED.read_text())]
    return {rule.name: rule for rule in rules}


def read_rules(path: Path) -> Rulebook:
    """Read a file of rules, or raise `Unreadable`, which says where it is wrong."""
    file = read_yaml(path, RulesFile)
    return Rulebook(of_questions=file.used("question"), of_answers=file.used("answer"))
