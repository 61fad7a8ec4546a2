"""The part of a message where the words are."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from services.chat.search.model import MAX_WORD

LENGTH = 240  # characters
BEFORE = 60  # of them, the most before the first word
ENOUGH = 1000  # places where a phrase is, of which the best are chosen

# What `search_folded` (migration 0005) leaves out, and what it takes as a word a
# character.
INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)

Span = tuple[int, int, int]  # where it begins, where it ends, which phrase it is
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a snippet."""

    text: str
    highlighted: bool


class Folding(dict[int, str]):
    """What each character is compared as, looked up when it is first met."""

    def __missing__(self, code: int) -> str:
        plain = INVISIBLE.sub("", unicodedata.normalize("NFKD", chr(code)))
        folded = (
            unicodedata.normalize("NFKC", plain).lower().replace("\u03c2", "\u03c3")
        )
        if len(self) < 100_000:
            self[code] = folded
        return folded


FOLDING = Folding()


PLAIN = re.compile("[a-z0-9]+")


@cache
def any_word() -> re.Pattern[str]:
    """Match a word: letters, digits and, unlike `\\w`, the vowel signs of India."""
    signs = (
        sign
        for sign in map(chr, range(0x0300, 0x10000))
        if unicodedata.category(sign) in ("Mc", "Mn")
        and not unicodedata.combining(sign)
    )
    return re.compile(f"[{ALONE}]|(?:(?![{ALONE}])(?:[^\\W_]|[{''.join(signs)}]))+")


class Highlighter:
    """Finds phrases in texts; what it costs grows with the text alone."""

    def __init__(self, phrases: Sequence[Words], *, open_end: bool) -> None:
        self._whole: dict[str, list[tuple[int, list[str]]]] = {}
        self._begun: tuple[int, list[str], str] | None = None
        for which, phrase in enumerate(phrases):
            if open_end and phrase and which == len(phrases) - 1:
                self._begun = (which, list(phrase[:-1]), phrase[-1])
            elif phrase:
                self._whole.setdefault(phrase[0], []).append((which, list(phrase)))

    def snippet(self, text: str) -> list[Piece]:
        """Cut out the part that holds the most of the phrases, and mark them."""
        spans = self._spans(text)
        begin, end = part(text, spans)
        pieces, at = [], begin
        for first, last, _ in spans:
            if at <= first and last <= end:
                pieces += [Piece(text[at:first], False), Piece(text[first:last], True)]
                at = last
        return [piece for piece in (*pieces, Piece(text[at:end], False)) if piece.text]

    def _spans(self, text: str) -> list[Span]:
        """Find where the phrases begin and end in a text, and which each is."""
        if text.isascii():
            return self._matches(PLAIN, text.lower())
        found = self._matches(any_word(), text.translate(FOLDING))
        # Where each character of the text ends when it is folded.
        ends = list(accumulate(len(FOLDING[ord(each)]) for each in text))
        return [
            (
                bisect_right(ends, begin),
                # With the accents that follow.
                bisect_right(ends, ends[bisect_left(ends, end)]),
                which,
            )
            for begin, end, which in found
        ]

    def _matches(self, word: re.Pattern[str], folded: str) -> list[Span]:
        places = [match.span() for match in word.finditer(folded)]
        words = [folded[begin:end][:MAX_WORD] for begin, end in places]
        found: list[Span] = []
        for at, each in enumerate(words):
            if len(found) > ENOUGH:
                break
            for which, phrase in self._whole.get(each, ()):
                if words[at : at + len(phrase)] == phrase:
                    last = places[at + len(phrase) - 1]
                    found.append((places[at][0], last[1], which))
            if self._begun:
                which, before, begun = self._begun
                end = at + len(before)
                if (
                    end < len(words)
                    and words[end].startswith(begun)
                    and words[at:end] == before
                ):
                    found.append((places[at][0], places[end][1], which))
        return found


def part(text: str, spans: Sequence[Span]) -> tuple[int, int]:
    """Choose the part with the most different phrases, the first of the best."""
    best, start, last = 0, 0, 0
    held: Counter[int] = Counter()
    for first, (begin, _, which) in enumerate(spans):
        most = begin + LENGTH - BEFORE
        while last < len(spans) and (last == first or spans[last][1] <= most):
            held[spans[last][2]] += 1
            last += 1
        if len(held) > best:
            best, start = len(held), begin
        held -= Counter([which])
    begin = max(0, start - BEFORE)
    # Begins at a word, if there is one near.
    if begin and (space := text.find(" ", begin, start)) >= 0:
        begin = space + 1
    end = min(len(text), begin + LENGTH)
    if end < len(text) and (space := text.rfind(" ", end - BEFORE, end)) > start:
        end = space
    return begin, end
