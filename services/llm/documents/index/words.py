"""What a text is found by, in any language."""

import re
import unicodedata
from collections.abc import Iterator

# Of an indexed field; Milvus holds 65,535.
MAX_BYTES = 60_000
MAX_QUERY = 2_000  # characters of a question that are searched for
# Stands between a text and what is added to it. It is no letter, so it is no word.
BREAK = "\n\x1e"
# A word and its forms begin alike in most languages that write words apart.
STEM = 5
# Scripts that write no spaces between words, or put much into one: an analyzer sees
# a whole sentence of theirs as one word, so it is given every two neighbours.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Kana, Han
    "\uac00-\ud7af\U00020000-\U0003ffff"  # Hangul, rarer Han
)
RUNS = re.compile(f"[{UNSPACED}]+")
WORDS = re.compile(r"\w+")


def searchable(text: str) -> str:
    """Add what an analyzer that splits at spaces would miss."""
    text = clipped(text.replace("\x1e", " "), MAX_BYTES // 2)
    added = clipped(" ".join(additions(text)), MAX_BYTES // 2 - len(BREAK))
    return f"{text}{BREAK}{added}" if added else text


def original(found: str) -> str:
    """Take away what `searchable` added."""
    return found.partition(BREAK)[0]


def additions(text: str) -> Iterator[str]:
    """Yield words without accents, beginnings of words, pairs of characters."""
    for word in WORDS.findall(text):
        plain = folded(word)
        spaced = RUNS.sub(" ", plain).split()
        for part in spaced:
            if len(part) > STEM:
                yield stem(part)
        if plain != word.lower() or len(spaced) != 1 or spaced[0] != plain:
            yield from spaced
        for run in RUNS.findall(plain):
            yield from (run[n : n + 2] for n in range(max(1, len(run) - 1)))


def stem(word: str) -> str:
    """Cut off how a word ends; `_` keeps it apart from words of that length."""
    return f"{word[:STEM]}_"


def folded(word: str) -> str:
    """Write a word small, in its plain form and without accents."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(each for each in parts if not "\u0300" <= each <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def clipped(text: str, limit: int) -> str:
    """Keep as much of a text as fits into so many bytes."""
    if len(text) * 4 <= limit:
        return text
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")
