"""Finds out what a file is, from what is in it."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from services.llm.documents.model import (
    DocumentCorrupt,
    DocumentEncrypted,
    DocumentUnsupported,
    DocumentWithoutText,
    Flag,
)
from services.llm.documents.reading.archives import open_archive
from services.llm.documents.reading.decoding import decode
from services.llm.documents.reading.naming import (
    CODE,
    DOCX,
    PPTX,
    TEXTS,
    XLSX,
    misleads,
)

HEAD = 64 * 1024
IMAGES: Mapping[bytes, str] = {
    rb"\x89PNG\r\n\x1a\n": "image/png",
    rb"\xff\xd8\xff": "image/jpeg",
    rb"GIF8[79]a": "image/gif",
    rb"RIFF....WEBP": "image/webp",
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")
# Programs and archives hold text too, sometimes much of it.
REFUSED = (
    *(b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"{\\rtf"),
    *(b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"%!PS"),
)
MAIN_PARTS = {
    "word/document.xml": DOCX,
    "ppt/presentation.xml": PPTX,
    "xl/workbook.xml": XLSX,
}
HTML = re.compile(
    # Atomic: comments in a row could be told apart in endlessly many ways.
    r"\s*+(<\?xml[^>]*+>\s*+)?(?>(?>(<!--.*?-->\s*+))*+)<(!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
PAGES = {"htm", "html", "xhtml"}  # of which some begin without saying so
TAG = re.compile(r"</?[a-zA-Z]")
MAIL = re.compile(
    r"^(from|to|subject|date|message-id|received|mime-version|return-path|cc"
    r"|delivered-to|reply-to|content-type):",
    re.IGNORECASE | re.MULTILINE,
)
FIELD = re.compile(r"(From .*\n)?[A-Za-z0-9-]+:[ \t]")
MARKDOWN = re.compile(r"^(#{1,6} \S|```|[-*] \[|\S.*\]\(http)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file is."""

    media_type: str
    flags: frozenset[Flag] = field(default_factory=frozenset)


def detect(data: bytes, suffix: str) -> Found:
    """Tell what a file is; its name decides only between kinds of plain text."""
    found = kind_of(data, suffix)
    if misleads(suffix, found.media_type):
        return Found(found.media_type, found.flags | {"name_misleads"})
    return found


def kind_of(data: bytes, suffix: str) -> Found:
    """Tell what a file is."""
    head = data[:HEAD]
    if not head.strip(b"\0 \t\r\n\f\v\xef\xbb\xbf"):
        raise DocumentWithoutText
    for pattern, media_type in IMAGES.items():
        if re.match(pattern, head, re.DOTALL):
            return Found(media_type)
    if b"%PDF-" in head[:1024]:
        return Found("application/pdf")
    if head.startswith(OLE):
        raise DocumentEncrypted if ENCRYPTED_OLE in data else DocumentUnsupported
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return archived(data)
    if head.startswith(REFUSED):
        raise DocumentUnsupported
    # A character that is cut in two at its end is no reason to take it for another.
    text = decode(data if len(data) <= HEAD else head[: head.rfind(b"\n") + 1] or head)
    if text is None:
        raise DocumentUnsupported
    return Found(textual(text, data, suffix))


def archived(data: bytes) -> Found:
    """Tell what an archive is, from what lies in it."""
    try:
        archive = open_archive(data)
    except DocumentCorrupt:
        # Cut off, it has lost its table; it began like one of ours all the same.
        if b"[Content_Types].xml" in data[:4096] or b"epub+zip" in data[:256]:
            raise
        raise DocumentUnsupported from None
    with archive:
        names = set(archive.namelist())
    if "META-INF/container.xml" in names:
        return Found("application/epub+zip")
    for part, media_type in MAIN_PARTS.items():
        if part in names:
            active = any(name.lower().endswith("vbaproject.bin") for name in names)
            active = active or any("/activeX/" in name for name in names)
            return Found(media_type, frozenset({"active_content"} if active else ()))
    raise DocumentUnsupported


def textual(text: str, data: bytes, suffix: str) -> str:
    """Tell what a text is."""
    text = text.lstrip("\ufeff")
    if HTML.match(text) or (suffix in PAGES and TAG.search(text)):
        return "text/html"
    if suffix not in CODE and FIELD.match(text):
        fields = {name.lower() for name in MAIL.findall(text.split("\n\n", 1)[0])}
        if len(fields) >= 2 + (suffix in TEXTS) and fields & {"from", "received"}:
            return "message/rfc822"
    if text.lstrip()[:1] in {"{", "["} and json(data):
        return "application/json"
    if suffix in TEXTS and suffix not in {"txt", "text", "log"}:
        return TEXTS[suffix]
    if delimiter := delimited(text):
        return "text/tab-separated-values" if delimiter == "\t" else "text/csv"
    if suffix not in TEXTS and len(MARKDOWN.findall(text)) >= 3:
        return "text/markdown"
    return "text/plain"


def json(data: bytes) -> bool:
    """Whether it is JSON, all of it."""
    try:
        msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True


def delimited(text: str) -> str | None:
    """Return what parts the columns, if each of the first rows has as many."""
    lines = text.splitlines()[:20]
    for delimiter, least in (("\t", 2), (";", 3), (",", 3)):
        try:
            rows = list(islice(csv.reader(lines, delimiter=delimiter), 19))
        except csv.Error:
            continue
        widths = {len(row) for row in rows[:-1] or rows if row}
        if len(rows) >= 3 and len(widths) == 1 and min(widths) >= least:
            return delimiter
    return None
