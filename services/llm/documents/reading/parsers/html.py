"""HTML, as text with headings; nothing in it runs and nothing is fetched."""

from collections.abc import Iterator, Mapping

from bs4.dammit import EncodingDetector
from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from lxml import etree

from services.llm.documents.model import DocumentUnsupported
from services.llm.documents.reading.decoding import decode
from services.llm.documents.reading.draft import Draft, clean

STEP = 64 * 1024
DROPPED = frozenset(
    ("script", "style", "template", "noscript", "svg", "iframe", "object", "math")
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn"),
        *("em", "font", "i", "img", "ins", "kbd", "label", "mark", "q", "s", "samp"),
        *("small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"),
        "wbr",
    )
)
CELLS = frozenset(("td", "th"))


class HtmlParser(BaseBlobParser):
    """Reads a page of the web."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield all of it."""
        data = blob.as_bytes()
        declared = EncodingDetector.find_declared_encoding(data[:STEP], is_html=True)
        text = decode(data, declared)
        if text is None:
            raise DocumentUnsupported
        draft = Draft()
        write(text, draft)
        yield draft.document()


def write(text: str, draft: Draft) -> None:
    """Write what a reader would see."""
    # It tells of tags as they come and builds no tree, however deep they lie.
    parser = etree.HTMLParser(target=Seen(draft))
    for at in range(0, len(text), STEP):
        if draft.full:
            break
        parser.feed(text[at : at + STEP])
    if text:
        parser.close()


class Seen:
    """Hears of tags and text, and keeps what is seen."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._inline: list[str] = []
        self._dropped = 0
        self._heading = 0
        self._kept = 0  # how deep in what keeps its spaces
        self._row = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""
        if tag in DROPPED:
            self._dropped += 1
        if self._dropped or tag in INLINE:
            if tag == "img" and not self._dropped:
                self._inline.append(attributes.get("alt", ""))
            return
        if tag in CELLS and self._row:
            if self._inline:
                self._inline.append(" | ")
            return
        if self._row and tag not in HEADINGS and tag not in {"table", "tr"}:
            self._inline.append(" ")  # a block in a cell does not end the row
            return
        self._flush()
        if tag == "tr":
            self._row += 1
        elif tag == "pre":
            self._kept += 1
        elif tag == "li":
            self._inline.append("- ")
        self._heading = HEADINGS.get(tag, 0)

    def end(self, tag: str) -> None:
        """Hear that an element ends."""
        if tag in DROPPED:
            self._dropped = max(0, self._dropped - 1)
            return
        if self._dropped or tag in INLINE or tag in CELLS:
            return
        if self._row and tag not in HEADINGS and tag not in {"table", "tr"}:
            return
        self._flush()
        if tag == "tr":
            self._row = max(0, self._row - 1)
        elif tag == "pre":
            self._kept = max(0, self._kept - 1)
        elif tag == "table":
            self._draft.add("\n")
        self._heading = 0

    def data(self, text: str) -> None:
        """Hear text."""
        if not self._dropped:
            self._inline.append(text)

    def comment(self, text: str) -> None:
        """Hear a comment, which nobody sees."""

    def close(self) -> None:
        """Hear that this was all."""
        self._flush()

    def _flush(self) -> None:
        if not self._inline:
            return
        text, self._inline = "".join(self._inline), []
        if self._heading:
            self._draft.heading(self._heading, text)
        elif self._kept:
            self._draft.add(f"{clean(text).strip()}\n\n" if text.strip() else "")
        elif self._row:
            self._draft.row(text)
        elif text.strip() not in {"", "-"}:
            self._draft.paragraph(text)
