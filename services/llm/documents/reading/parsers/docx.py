"""DOCX: paragraphs and tables in their order."""

import re
from collections.abc import Iterator

from docx.document import Document as DocxDocument
from docx.opc.constants import CONTENT_TYPE
from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from lxml import etree

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
PARAGRAPH, TABLE, ROW, CELL = map(qn, ("w:p", "w:tbl", "w:tr", "w:tc"))
TEXT, TAB = map(qn, ("w:t", "w:tab"))
BREAKS = {qn("w:br"), qn("w:cr")}
# What was deleted or moved away, and what is there twice, for programs of old.
SKIPPED = {
    *(qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr")),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}


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
        write(part.document, draft)
        yield draft.document()


def write(document: DocxDocument, draft: Draft) -> None:
    """Write paragraphs and tables."""
    levels = dict(levels_of(document))
    # Not `document.paragraphs`: these leave out what stands in a form's fields,
    # what was inserted while changes were tracked, and boxes of text.
    for block in blocks(document.element.body):
        if draft.full:
            break
        if block.tag == TABLE:
            for row in rows(block):
                draft.row(row)
            draft.add("\n")
        elif level := levels.get(block.style or ""):
            draft.heading(level, "".join(told(block)))
        else:
            draft.paragraph("".join(told(block)))


def levels_of(document: DocxDocument) -> Iterator[tuple[str, int]]:
    """Yield the styles that are headings, and of which level."""
    for style in document.styles:
        name = style.name or ""
        if name == "Title":
            yield style.style_id, 1
        elif found := HEADING.match(name):
            yield style.style_id, int(found[1])


def blocks(element: etree._Element) -> Iterator[etree._Element]:
    """Yield paragraphs and tables, whatever they are wrapped in."""
    for child in element:
        if child.tag in {PARAGRAPH, TABLE}:
            yield child
        elif isinstance(child.tag, str) and child.tag not in SKIPPED:
            yield from blocks(child)


def rows(table: etree._Element) -> Iterator[str]:
    """Yield the rows, each as a line; a table in a cell is text of the cell."""
    for row in within(table, ROW):
        text = " | ".join(line("".join(told(cell))) for cell in within(row, CELL))
        if text.strip(" |"):
            yield text


def within(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Yield the nearest elements of a kind, whatever they are wrapped in."""
    for child in element:
        if child.tag == tag:
            yield child
        elif isinstance(child.tag, str) and child.tag not in SKIPPED:
            yield from within(child, tag)


def told(element: etree._Element) -> Iterator[str]:
    """Yield all text in an element."""
    for child in element:
        if child.tag == TEXT:
            yield child.text or ""
        elif child.tag == TAB or child.tag in BREAKS:
            yield " "
        elif isinstance(child.tag, str) and child.tag not in SKIPPED:
            yield from told(child)
            if child.tag == PARAGRAPH:
                yield " "
