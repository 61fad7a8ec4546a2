"""The part of a message where the words are."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from services.chat.search.model import MAX_WORD

LENGTH = 240  # characters
BEFORE = 60  # of them, the most before the first word

# What `search_folded` (migration 0005) leaves out, and what it takes as a word a
# character.
INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
LETTER = rf"[^\W_{ALONE}]"


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


class Highlighter:
    """Finds phrases in texts."""

    def __init__(self, phrases: Sequence[Sequence[str]], *, open_end: bool) -> None:
        self._pattern = re.compile(
            "|".join(
                f"({written(phrase, open_end=open_end and place == len(phrases))})"
                for place, phrase in enumerate(phrases, 1)
                if phrase
            )
        )

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

    def _spans(self, text: str) -> list[tuple[int, int, int | None]]:
        """Find where the phrases begin and end, and which each is."""
        if text.isascii():
            found = self._pattern.finditer(text.lower())
            return [(*match.span(), match.lastindex) for match in found]
        found = self._pattern.finditer(text.translate(FOLDING))
        # Where each character of the text begins and ends when it is folded.
        ends = list(accumulate(len(FOLDING[ord(each)]) for each in text))
        return [
            (
                bisect_right(ends, match.start()),
                # With the accents that follow.
                bisect_right(ends, ends[bisect_left(ends, match.end())]),
                match.lastindex,
            )
            for match in found
        ]


def written(phrase: Sequence[str], *, open_end: bool) -> str:
    """Write the pattern of words that stand together."""
    *words, last = phrase
    each = [*(pattern(word, open_end=False) for word in words)]
    return r"[\W_]*".join([*each, pattern(last, open_end=open_end)])


def pattern(word: str, *, open_end: bool) -> str:
    """Write the pattern of a whole word, or of all that begin so, or were cut."""
    if re.fullmatch(f"[{ALONE}]", word):
        return word
    rest = f"{LETTER}*" if open_end or len(word) == MAX_WORD else ""
    return f"(?<!{LETTER}){re.escape(word)}{rest}(?!{LETTER})"


def part(text: str, spans: Sequence[tuple[int, int, int | None]]) -> tuple[int, int]:
    """Choose the part with the most different phrases, the first of the best."""
    best, start = 0, 0
    last = 0
    for first, (begin, _, _) in enumerate(spans):
        last = max(last, first)
        while last < len(spans) and spans[last][1] <= begin + LENGTH - BEFORE:
            last += 1
        if (held := len({which for *_, which in spans[first:last]})) > best:
            best, start = held, begin
    begin = max(0, start - BEFORE)
    # Begins at a word, if there is one near.
    if begin and (space := text.find(" ", begin, start)) >= 0:
        begin = space + 1
    end = min(len(text), begin + LENGTH)
    if end < len(text) and (space := text.rfind(" ", end - BEFORE, end)) > start:
        end = space
    return begin, end
