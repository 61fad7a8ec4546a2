"""PPTX: a page for each slide."""

from collections.abc import Iterable, Iterator

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob
from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.package import PartFactory
from pptx.package import Package
from pptx.parts.presentation import PresentationPart
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.shapes.picture import Picture
from pptx.slide import Slide

from services.llm.documents.reading.archives import open_archive
from services.llm.documents.reading.draft import Draft, line

MAIN_TYPES = (
    CONTENT_TYPE.PML_PRESENTATION_MAIN,
    CONTENT_TYPE.PML_PRES_MACRO_MAIN,
    CONTENT_TYPE.PML_SLIDESHOW_MAIN,
    CONTENT_TYPE.PML_TEMPLATE_MAIN,
)


class PptxParser(BaseBlobParser):
    """Reads a presentation."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield slides."""
        open_archive(blob.as_bytes()).close()
        for kind in MAIN_TYPES:
            PartFactory.part_type_for[kind] = PresentationPart
        with blob.as_bytes_io() as file:
            package = Package.open(file)
        part = package.presentation_part
        assert isinstance(part, PresentationPart)
        slides = part.presentation.slides
        count = len(slides)
        for number, slide in enumerate(slides, start=1):
            draft = Draft(number)
            pictured = write(slide, draft)
            document = draft.document(percent=number * 100 // count)
            if pictured and not document.page_content:
                document.metadata["flags"] = ["pages_without_text"]
            yield document


def write(slide: Slide, draft: Draft) -> bool:
    """Write a slide's text; say whether there is a picture on it."""
    title = slide.shapes.title
    if title is not None:
        draft.heading(1, title.text_frame.text)
    pictured = False
    for shape in flat(slide.shapes):
        pictured = pictured or isinstance(shape, Picture)
        if title is not None and shape.shape_id == title.shape_id:
            continue
        for text in texts(shape):
            draft.row(text)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame):
        draft.add("\n")
        draft.paragraph(notes.text)
    return pictured


def flat(shapes: Iterable[BaseShape]) -> Iterator[BaseShape]:
    """Yield shapes, and those in groups."""
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from flat(shape.shapes)
        else:
            yield shape


def texts(shape: BaseShape) -> Iterator[str]:
    """Yield a shape's paragraphs or rows."""
    if shape.has_text_frame:
        for paragraph in shape.text_frame.paragraphs:  # type: ignore[attr-defined]  # of shapes that have one
            yield paragraph.text
    elif isinstance(shape, GraphicFrame) and shape.has_table:
        for row in shape.table.rows:
            cells = [line(cell.text) for cell in row.cells]
            if any(cells):
                yield " | ".join(cells)
