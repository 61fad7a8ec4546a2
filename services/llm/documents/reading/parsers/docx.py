"""DOCX: paragraphs and tables in their order."""

import re
from collections.abc import Iterator

from docx.document import Document as DocxDocument
from docx.opc.constants import CONTENT_TYPE
from docx.opc.part import PartFactory
from docx.package import Package
from docx.parts.document import DocumentPart
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from services.llm.documents.reading.archives import open_archive
from services.llm.documents.reading.draft import Draft, line

# The parts of templates and of documents with macros are the same as a document's.
MAIN_TYPES = (
    CONTENT_TYPE.WML_DOCUMENT_MAIN,
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
)
HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)
MAX_DEPTH = 20  # of tables in tables


class DocxParser(BaseBlobParser):
    """Reads a document of Word or of what writes such."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield all of it."""
        open_archive(blob.as_bytes()).close()
        for kind in MAIN_TYPES:
            PartFactory.part_type_for[kind] = DocumentPart
        with blob.as_bytes_io() as file:
            package = Package.open(file)
        part = package.main_document_part
        assert isinstance(part, DocumentPart)
        draft = Draft()
        Writing(part.document, draft).write()
        yield draft.document()


class Writing:
    """A document on its way into a draft."""

    def __init__(self, document: DocxDocument, draft: Draft) -> None:
        self._document = document
        self._draft = draft
        self._levels = dict(levels(document))

    def write(self) -> None:
        """Write paragraphs and tables."""
        for block in self._document.iter_inner_content():
            if self._draft.full:
                break
            if isinstance(block, Table):
                for row in rows(block):
                    self._draft.row(row)
                self._draft.add("\n")
            else:
                self._paragraph(block)

    def _paragraph(self, paragraph: Paragraph) -> None:
        # The element knows its style's id; to ask for the style searches them all.
        level = self._levels.get(paragraph._p.style or "")
        if level:
            self._draft.heading(level, paragraph.text)
        else:
            self._draft.paragraph(paragraph.text)


def levels(document: DocxDocument) -> Iterator[tuple[str, int]]:
    """Yield the styles that are headings, and of which level."""
    for style in document.styles:
        name = style.name or ""
        if name == "Title":
            yield style.style_id, 1
        elif found := HEADING.match(name):
            yield style.style_id, int(found[1])


def rows(table: Table, depth: int = 0) -> Iterator[str]:
    """Yield the rows, each as a line."""
    for row in table._tbl.tr_lst:
        # Not `table.rows`, which looks for each cell from the beginning.
        cells = (_Cell(cell, table) for cell in row.tc_lst)
        text = " | ".join(line(text_of(cell, depth)) for cell in cells)
        if text.strip(" |"):
            yield text


def text_of(cell: _Cell, depth: int) -> str:
    """Return all text in a cell."""
    return " ".join(
        block.text
        if isinstance(block, Paragraph)
        else "; ".join(rows(block, depth + 1) if depth < MAX_DEPTH else ())
        for block in cell.iter_inner_content()
    )
