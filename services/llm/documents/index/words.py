"""What a text is found by, in any language."""

import re
import unicodedata
from collections.abc import Iterator

# Of an indexed field; Milvus holds 65,535.
MAX_BYTES = 60_000
MAX_QUERY = 2_000  # characters of a question that are searched for
LONG, MAX_RARE = 4, 8  # the words that are also searched for one by one
# Stands between a text and what is added to it. It is no letter, so it is no word.
BREAK = "\n\x1e"
# A word and its forms begin alike in most languages that write words apart: four
# letters find most, which is measured (docs/retrieval.md).
STEM = 4
# Scripts that write no spaces between words, or put much into one: an analyzer sees
# a whole sentence of theirs as one word, so it is given every two neighbours.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Kana, Han
    "\uac00-\ud7af\U00020000-\U0003ffff"  # Hangul, rarer Han
)
RUNS = re.compile(f"[{UNSPACED}]+")
WORDS = re.compile(r"\w+")
# Where `deleteSession`, `HTTPServer` and `retention_days` fall apart.
JOINTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+")


def rare_ones(query: str) -> list[str]:
    """Choose those words of a question that may be rare: the long ones."""
    words = dict.fromkeys(word.lower() for word in WORDS.findall(query))
    long = [word for word in words if len(word) >= LONG]
    return sorted(long, key=len, reverse=True)[:MAX_RARE]


def searchable(text: str) -> str:
    """Add what an analyzer that splits at spaces would miss."""
    text = clipped(text.replace("\x1e", " "), MAX_BYTES // 2)
    added = clipped(" ".join(additions(text)), MAX_BYTES // 2 - len(BREAK))
    return f"{text}{BREAK}{added}" if added else text


def original(found: str) -> str:
    """Take away what `searchable` added."""
    return found.partition(BREAK)[0]


def additions(text: str) -> Iterator[str]:
    """Yield words without accents, their parts and beginnings, pairs of characters."""
    for word in WORDS.findall(text):
        parts = [folded(part) for part in JOINTS.split(word)]
        spaced = [each for part in parts for each in RUNS.sub(" ", part).split()]
        yield from (stem(each) for each in spaced if len(each) >= STEM)
        if spaced != [word.lower()]:
            yield from spaced
        for part in parts:
            for run in RUNS.findall(part):
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
    """Keep as much of a text as fits into so many bytes, as UTF-8 can hold it."""
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")
