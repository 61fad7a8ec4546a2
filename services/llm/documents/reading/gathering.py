"""Makes one content of what a parser yields."""

from collections.abc import Iterable

from langchain_core.documents import Document

from services.llm.documents.model import (
    MAX_CHARACTERS,
    Content,
    DocumentWithoutText,
    Flag,
    Heading,
    Page,
)
from services.llm.documents.ports import Progress
from services.llm.documents.reading.bounds import MAX_HEADINGS, MAX_PAGES


def gather(
    documents: Iterable[Document],
    media_type: str,
    flags: Iterable[Flag],
    progress: Progress,
) -> Content:
    """Take the pages as they come, and no more than is kept."""
    pages: list[Page] = []
    headings: list[Heading] = []
    found = set(flags)
    length = 0
    some = False
    for document in documents:
        text = document.page_content
        found |= set(document.metadata.get("flags", ()))
        if text and not text.endswith("\n"):
            text += "\n"
        if length + len(text) > MAX_CHARACTERS or len(pages) >= MAX_PAGES:
            found.add("truncated")
            text = text[: MAX_CHARACTERS - length] if len(pages) < MAX_PAGES else ""
        for start, level, title in document.metadata["headings"]:
            if start < len(text) and len(headings) < MAX_HEADINGS:
                headings.append(Heading(length + start, level, title))
        if len(pages) < MAX_PAGES:
            pages.append(Page(document.metadata["page"], length, text))
        some = some or (not text.isspace() and text != "")
        length += len(text)
        progress(document.metadata.get("percent", 0))
        if "truncated" in found:
            break
    if not some:
        raise DocumentWithoutText
    return Content(
        media_type=media_type,
        pages=tuple(pages),
        headings=tuple(headings),
        flags=frozenset(found),
    )
