"""Turns bytes into text."""

import codecs
import re

from charset_normalizer import from_bytes

SAMPLE = 64 * 1024
CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a]")
WESTERN = "cp1252"
# Others are so rare that a guess at them is wrong as a rule.
ENCODINGS = [
    *(WESTERN, "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256"),
    *("cp932", "euc_jp", "iso2022_jp", "gb18030", "big5", "cp949"),
]
MARKS = (
    # UTF-32 first: its mark begins as that of UTF-16 does.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, declared: str | None = None) -> str | None:
    """Return the text; None if it is not one."""
    encoding = encoding_of(data, declared)
    return data.decode(encoding, errors="replace") if encoding else None


def encoding_of(data: bytes, declared: str | None = None) -> str | None:
    """Find the encoding: what a mark says, UTF-8 if it fits, else what is likely."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:SAMPLE]
    if b"\0" in head and (pairs := wide(head)):
        return pairs
    if binary(head):
        return None
    if is_utf8(data):
        return "utf-8"
    if declared and known(declared):
        return declared
    # Where a character goes beyond ASCII tells more than where the file begins.
    beyond = re.search(rb"[\x80-\xff]", data)
    begin = data.rfind(b"\n", 0, beyond.start()) + 1 if beyond else 0
    return likely(data[begin : begin + SAMPLE])


def likely(sample: bytes) -> str:
    """Guess; of what is as likely, take what is most frequent."""
    found = list(from_bytes(sample, cp_isolation=ENCODINGS))
    if not found:
        return WESTERN
    best = found[0]
    for one in found:
        as_likely = (one.chaos, one.coherence) == (best.chaos, best.coherence)
        if as_likely and WESTERN in one.could_be_from_charset:
            return WESTERN
    return best.encoding


def wide(head: bytes) -> str | None:
    """Tell UTF-16 without a mark from data: every second byte of Latin text is zero."""
    pairs = len(head) // 2
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = head[offset::2].count(0)
        others = head[1 - offset :: 2].count(0)
        if zeros > pairs * 0.4 and others < max(1, pairs * 0.01):
            return encoding
    return None


def binary(head: bytes) -> bool:
    """Whether there are more controls than a text has."""
    return len(CONTROLS.findall(head)) > len(head) * 0.01 + 2


def is_utf8(data: bytes) -> bool:
    """Whether it is UTF-8, but for a few broken characters."""
    try:
        data.decode()
    except UnicodeDecodeError:
        sample = data[: 16 * SAMPLE]
        text = sample.decode(errors="replace")
        # A broken byte becomes one character, a whole character saves bytes.
        return text.count("\ufffd") * 50 < len(sample) - len(text)
    return True


def known(encoding: str) -> bool:
    """Whether Python knows the encoding, as one of text."""
    try:
        b"".decode(encoding)
    except (LookupError, ValueError):
        return False
    return True
