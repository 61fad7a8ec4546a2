"""PDF, page by page."""

import re
from collections.abc import Iterator

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from pypdf import PageObject, PasswordType, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import Destination, DictionaryObject, IndirectObject

from services.llm.documents.model import DocumentCorrupt, DocumentEncrypted, Flag
from services.llm.documents.reading.bounds import MAX_HEADINGS, MAX_PAGES
from services.llm.documents.reading.draft import Draft, clean, line

Outline = dict[int, list[tuple[int, str]]]

HYPHEN = re.compile(r"(?<=[a-zß-öø-ÿ])-\n(?=[a-zß-öø-ÿ])")
# A line that is full and does not end a sentence goes on in the next.
BROKEN = re.compile(r"(?<=[^\n]{50}[\w,;(\u2013-])\n(?=[a-zß-öø-ÿ(0-9])")
SPACES = re.compile(r"[ \t]+")
ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/JS<", b"/Launch")
# What hostile files make of a reader that expects another type, key or depth.
BROKEN_PAGE = (
    *(PyPdfError, AttributeError, KeyError, IndexError, TypeError, ValueError),
    *(ArithmeticError, LookupError, NotImplementedError, AssertionError),
)


class PdfParser(BaseBlobParser):
    """Reads a PDF; pictures of text are not read."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield pages; one that is broken has no text."""
        data = blob.as_bytes()
        with blob.as_bytes_io() as file:
            reader = PdfReader(file)
            if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
                raise DocumentEncrypted
            count = min(len(reader.pages), MAX_PAGES + 1)
            headings = outline(reader)
            active: list[Flag] = ["active_content"] if is_active(reader, data) else []
            broken = 0
            for number in range(1, count + 1):
                draft = Draft(number)
                flags = list(active)
                try:
                    page = reader.pages[number - 1]
                    write(page, draft, headings.get(number - 1, []))
                    if draft.empty and pictured(page):
                        flags.append("pages_without_text")
                except BROKEN_PAGE:
                    broken += 1
                    flags.append("pages_without_text")
                yield draft.document(percent=number * 100 // count, flags=flags)
            if broken == count:
                raise DocumentCorrupt


def write(page: PageObject, draft: Draft, headings: list[tuple[int, str]]) -> None:
    """Write a page's text, and mark the headings that the outline has on it."""
    text = SPACES.sub(" ", clean(page.extract_text()))
    text = BROKEN.sub(" ", HYPHEN.sub("", text)).strip()
    if not text:
        return
    at = 0
    for level, title in headings:
        found = text.find(title, at) if title else -1
        if found > at:
            draft.add(text[at:found])
            at = found
        draft.mark(level, title)
    draft.add(text[at:] + "\n")


def outline(reader: PdfReader) -> Outline:
    """Return the outline's entries for each page, in their order."""
    found: Outline = {}
    try:
        for level, entry in flat(reader.outline):
            number = reader.get_destination_page_number(entry)
            if number is not None and entry.title:
                found.setdefault(number, []).append((level, line(str(entry.title))))
    except (*BROKEN_PAGE, RecursionError):
        pass  # the pages may be sound although their outline is not
    return found


def flat(entries: object) -> Iterator[tuple[int, Destination]]:
    """Yield the entries of an outline with their level; no more than are kept."""
    left = [(1, entries)]
    yielded = 0
    while left and yielded < MAX_HEADINGS:
        level, entry = left.pop()
        if isinstance(entry, list):
            for inner in reversed(entry):
                below = level + 1 if isinstance(inner, list) else level
                left.append((below, inner))
        elif isinstance(entry, Destination):
            yielded += 1
            yield level, entry


def is_active(reader: PdfReader, data: bytes) -> bool:
    """Whether it holds what a viewer would run."""
    if any(name in data for name in ACTIVE):
        return True
    try:
        root = reader.root_object
        names = root.get("/Names", {})
        if isinstance(names, IndirectObject):
            names = names.get_object()
        return "/JavaScript" in names or "/AA" in root
    except BROKEN_PAGE:
        return False


def pictured(page: PageObject) -> bool:
    """Whether there is a picture on the page; it is not looked at."""
    resources = page.get("/Resources", DictionaryObject()).get_object()
    objects = resources.get("/XObject", DictionaryObject()).get_object()
    return any(
        drawn.get_object().get("/Subtype") in {"/Image", "/Form"}
        for drawn in objects.values()
    )
