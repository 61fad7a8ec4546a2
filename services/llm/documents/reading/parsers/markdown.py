"""Markdown: text with its headings."""

import re
from collections.abc import Iterator

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from services.llm.documents.reading.draft import Draft, clean
from services.llm.documents.reading.parsers.text import text_of

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*\n?$")


class MarkdownParser(BaseBlobParser):
    """Reads Markdown as it is, and finds its headings."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield all of it."""
        draft = Draft()
        fence = ""
        lines = iter(clean(text_of(blob)).splitlines(keepends=True))
        held = next(lines, "")  # until it is known whether it is underlined
        while held:
            line = held
            held = next(lines, "")
            opened = FENCE.match(line)
            if fence or opened:
                if opened and not fence:
                    fence = opened[1]
                elif opened and opened[1].startswith(fence):
                    fence = ""
            elif heading := HEADING.match(line):
                draft.mark(len(heading[1]), heading[2].rstrip().rstrip("#"))
            elif line.strip() and (under := UNDERLINE.match(held)):
                draft.mark(1 if under[1].startswith("=") else 2, line)
            draft.add(line)
            if draft.full:
                break
        yield draft.document()
