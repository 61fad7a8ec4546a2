"""Reads UTF-8 texts: one page, a chunk for each paragraph."""

import asyncio
import re
from pathlib import Path

from services.llm.documents.model import (
    Chunk,
    Content,
    DocumentCorrupt,
    DocumentWithoutText,
    Page,
)
from services.llm.documents.ports import Progress

FORM_FEED = "\f"  # begins a page
PARAGRAPH = re.compile(r"[^\n](?:[^\n]|\n(?!\n))*")
PNG = b"\x89PNG"


class PlainReader:
    """Is a `Reader`. A form feed parts pages, `# ` begins a heading."""

    async def read(self, file: Path, name: str, progress: Progress) -> Content:
        data = await asyncio.to_thread(file.read_bytes)
        if data.startswith(PNG):
            return Content(media_type="image/png")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise DocumentCorrupt from error
        if not text.strip():
            raise DocumentWithoutText
        progress(50)
        pages = tuple(paged(text))
        progress(100)
        return Content(
            media_type="text/plain", pages=pages, chunks=tuple(chunked(pages))
        )


def paged(text: str) -> list[Page]:
    """Part a text at its form feeds."""
    if FORM_FEED not in text:
        return [Page(0, 0, text)]
    pages, start = [], 0
    for number, page in enumerate(re.split(f"(?<={FORM_FEED})", text), start=1):
        pages.append(Page(number, start, page))
        start += len(page)
    return pages


def chunked(pages: tuple[Page, ...]) -> list[Chunk]:
    """Part pages at their paragraphs."""
    chunks: list[Chunk] = []
    section = ""
    for page in pages:
        for found in PARAGRAPH.finditer(page.text):
            text = found[0]
            if text.startswith("# "):
                section = text.removeprefix("# ").strip()
            begin, end = page.start + found.start(), page.start + found.end()
            number = len(chunks)
            chunks.append(Chunk(number, begin, end, page.number, section, text))
    return chunks
