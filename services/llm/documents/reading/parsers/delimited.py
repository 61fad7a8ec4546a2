"""CSV and TSV: rows under the names of their columns."""

import csv
import re
from collections.abc import Iterator

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from services.llm.documents.reading.draft import Draft, line
from services.llm.documents.reading.parsers.text import TextParser, text_of

SEPARATOR = " | "
MAX_FIELD = 1_000_000  # characters
LINES = re.compile(r"[^\n]*\n|[^\n]+\Z")


class DelimitedParser(BaseBlobParser):
    """Reads rows; the first one's cells are the heading of all others."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield all rows; as text what cannot be told apart into rows."""
        try:
            yield rows(text_of(blob)).document()
        except csv.Error:
            yield from TextParser().lazy_parse(blob)


def rows(text: str) -> Draft:
    """Write all rows."""
    text = text.lstrip("\ufeff").replace("\0", "")
    csv.field_size_limit(MAX_FIELD)
    draft = Draft()
    lines = (found[0] for found in LINES.finditer(text))
    for number, cells in enumerate(csv.reader(lines, delimiter=delimiter(text))):
        row = joined(cells)
        if number == 0:
            draft.mark(1, row)
        draft.row(row)
        if draft.full:
            break
    return draft


def joined(cells: list[str]) -> str:
    """Return a row as one line."""
    kept = [line(cell) for cell in cells]
    return SEPARATOR.join(kept) if any(kept) else ""


def delimiter(text: str) -> str:
    """Return what parts the columns: what is most frequent where they are named."""
    first = text.split("\n", 1)[0][:10_000]
    return max(",;\t|", key=first.count)
