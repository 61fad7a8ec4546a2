"""Quotations: the sentences of a passage that fit a question best."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.llm.model import Passage

MAX_QUOTES = 3
MAX_QUOTE = 450  # characters
MAX_SENTENCES = 3
STEM = 6  # characters that words of one stem share, as a rule

SENTENCE = re.compile(
    r"\S.*?(?:[.!?…][\"'”’)\]]*(?=\s)|[。！？]|(?=\n\s*\n)|\Z)",  # noqa: RUF001
    re.DOTALL,
)
WORD = re.compile(r"[^\W_]+")
WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")  # without spaces
# Words that any question has, of those languages that most questions are in.
COMMON = frozenset(
    """
    a about am an and any are as at be by can could do does did for from give had has
    have how i if in into is it its me my of on or our please say should so tell than
    that the their them there these they this to us was we were what when where which
    who why will with would you your hello hi thanks
    aber als am an auf aus bei bin bitte das dass dem den der des die du ein eine einem
    einen einer er es für habe hat hast hallo ich im in ist kann mein mich mir mit nach
    nicht sich sie sind und uns von vor wann war warum was wem wen wer wie wir wird wo
    zu zum zur
    au aux avec ce ces dans de des du elle est et il je la le les leur mais ne nous ou
    où par pas pour que qui quel quelle sur un une vous comment
    al como con cual del donde el en es esta las lo los no para por se su una y
    """.split()  # noqa: SIM905 - a list of them would be pages long
)


def words(text: str) -> frozenset[str]:
    """Return what a text is about: the stems of its words, or pairs of wide signs."""
    found: set[str] = set()
    for word in WORD.findall(text.casefold()):
        if WIDE.search(word):
            found.update(word[i : i + 2] for i in range(max(1, len(word) - 1)))
        elif word not in COMMON:
            found.add((word[:-1] if len(word) > 3 and word[-1] == "s" else word)[:STEM])
    return frozenset(found)


def quotable(passages: Sequence[Passage], question: str) -> tuple[Passage, ...]:
    """Return the best quotations of passages, the best passage's first."""
    about = words(question)
    if not about:
        return ()
    shared = [len(about & words(passage.text)) for passage in passages]
    # What says half as much as another, or less, fits by chance.
    enough = max(shared, default=0) / 2
    sharing = [
        passage
        for passage, count in zip(passages, shared, strict=True)
        if count > enough
    ]
    quotes: list[Passage] = []
    for passage in sharing or passages[:1]:
        quote = narrowed(passage, question)
        # Neighbours overlap, and the same sentence is the best of both.
        if not any(overlap(quote, other) for other in quotes):
            quotes.append(quote)
    return tuple(quotes[:MAX_QUOTES])


def overlap(one: Passage, other: Passage) -> bool:
    """Tell whether two passages share text."""
    return (
        one.document == other.document
        and one.start < other.end
        and other.start < one.end
    )


def narrowed(passage: Passage, question: str) -> Passage:
    """Return those neighbouring sentences of a passage that fit a question best."""
    if len(passage.text) <= MAX_QUOTE:
        return passage
    start, end = best(passage.text, words(question))
    return replace(
        passage,
        text=passage.text[start:end],
        start=passage.start + start,
        end=passage.start + end,
    )


def best(text: str, about: frozenset[str]) -> tuple[int, int]:
    """Return where the neighbouring sentences are that say most of what is asked."""
    spans = list(sentences(text)) or [(0, 0)]
    shared = [about & words(text[start:end]) for start, end in spans]
    weights = {
        word: math.log(1 + len(spans) / sum(word in found for found in shared))
        for word in frozenset().union(*shared)
    }
    chosen, most = spans[0], 0.0
    for first, (start, _) in enumerate(spans):
        said: frozenset[str] = frozenset()
        for last in range(first, min(first + MAX_SENTENCES, len(spans))):
            end = spans[last][1]
            if end - start > MAX_QUOTE:
                break
            said |= shared[last]
            # Of two that say the same, the shorter.
            worth = sum(weights[word] for word in said) - (end - start) / 10_000
            if worth > most:
                chosen, most = (start, end), worth
    return chosen


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of a text are; long ones in parts."""
    for match in SENTENCE.finditer(text):
        start, end = match.span()
        while end - start > MAX_QUOTE:
            # At the end of a line, if there is one not too early, or of a word.
            half, most = start + MAX_QUOTE // 2, start + MAX_QUOTE
            cuts = text.rfind("\n", half, most), text.rfind(" ", start + 1, most), most
            cut = next(cut for cut in cuts if cut > start)
            yield start, cut
            start = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
        if start < end:
            yield start, start + len(text[start:end].rstrip())
