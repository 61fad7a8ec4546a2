"""What may not be said: rules that find it in a text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Action = Literal["block", "redact"]

NOTHING = re.compile(r"(?!)")
SEPARATOR = re.compile(r"[ -]")
MAX_DOUBTS = 1_000  # matches without the right digits, within which others may begin


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of a text that a rule is about, and what is to be done."""

    start: int
    end: int
    action: Action
    rule: str


class Rule(Protocol):
    """
    Something that looks for one kind of thing. A text without findings is allowed.

    A finding consists of `alphabet` alone and is no longer than `longest`: so the end
    of a stream is held back only where a finding may yet come of it.
    """

    @property
    def name(self) -> str:
        """What it looks for, as metrics and redacted texts say it."""

    @property
    def alphabet(self) -> str:
        """The characters that a finding is made of."""

    @property
    def longest(self) -> int:
        """How many characters a finding has at the most."""

    @property
    def needs(self) -> str:
        """The characters of which every finding has at least one."""

    def check(self, text: str, start: int = 0) -> Iterator[Finding]:
        """Find it from `start` on; what stands before is only looked back at."""


@dataclass(frozen=True, slots=True)
class PatternRule:
    """Looks for a pattern, and calculates check digits where there are some."""

    name: str
    pattern: re.Pattern[str]
    alphabet: str
    longest: int
    needs: str
    action: Action
    valid: Callable[[str], bool]

    def check(self, text: str, start: int = 0) -> Iterator[Finding]:
        """Yield what matches and has the right check digits."""
        doubts = MAX_DOUBTS
        while match := self.pattern.search(text, start):
            if size := self._size(match[0]):
                end = match.start() + size
                yield Finding(match.start(), end, self.action, self.name)
                start = end
            elif doubts:
                doubts -= 1
                start = match.start() + 1
            else:
                start = match.end()

    def _size(self, text: str) -> int:
        """Say how much of a match is valid: a word or number may have got into it."""
        if self.valid(text):
            return len(text)
        words = [place.start() for place in SEPARATOR.finditer(text)]
        return next((end for end in reversed(words) if self.valid(text[:end])), 0)


def anything(_: str) -> bool:
    """Take every match."""
    return True


def luhn(text: str) -> bool:
    """Calculate the check digit of a payment card (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Calculate the check digits of a bank account (ISO 13616)."""
    compact = text.replace(" ", "")
    rearranged = compact[4:] + compact[:4]
    return 15 <= len(compact) <= 34 and (
        int("".join(str(int(each, 36)) for each in rearranged)) % 97 == 1
    )


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "none": anything,
    "luhn": luhn,
    "iban": iban,
}


def one_of(characters: str) -> re.Pattern[str]:
    """Look for any of these."""
    return re.compile(f"[{re.escape(characters)}]") if characters else NOTHING


class Rules:
    """All that is looked for in a text, in as few looks as can be."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        # One look at a class of characters spares most texts all others.
        self._any = one_of("".join(rule.needs for rule in rules))
        self._rules = [(one_of(rule.needs), rule) for rule in rules]
        # Which alphabets a text may end in, and how far, by its last character.
        ends: dict[str, list[tuple[str, int]]] = {}
        for alphabet, longest in widest(rules):
            for character in alphabet:
                ends.setdefault(character, []).append((alphabet, longest))
        self._ends = ends

    def __bool__(self) -> bool:
        return bool(self._rules)

    def suspect(self, text: str) -> bool:
        """Tell whether something may be found in a text; most have nothing of it."""
        return self._any.search(text) is not None

    def find(self, text: str, start: int = 0) -> Sequence[Finding]:
        """Return what is found, in order; of what overlaps, what begins first."""
        found = sorted(
            (
                finding
                for needed, rule in self._rules
                if needed.search(text, start)
                for finding in rule.check(text, start)
            ),
            key=lambda finding: (finding.start, -finding.end),
        )
        kept: list[Finding] = []
        for finding in found:
            if not kept or finding.start >= kept[-1].end or finding.action == "block":
                kept.append(finding)
        return kept

    def held(self, text: str) -> int:
        """Say where the end of a text begins that more may yet make a finding of."""
        size = until = len(text)
        for alphabet, longest in self._ends.get(text[-1:], ()):
            begin = len(text.rstrip(alphabet))
            if begin < size - longest:
                begin = size - longest
            if begin < until:
                until = begin
        return until


def widest(rules: Sequence[Rule]) -> set[tuple[str, int]]:
    """Return alphabets and lengths of findings, without those within others."""
    ends = {("".join(sorted(set(rule.alphabet))), rule.longest) for rule in rules}
    return {
        end
        for end in ends
        if not any(
            end != other and set(end[0]) <= set(other[0]) and end[1] <= other[1]
            for other in ends
        )
    }
