"""Plain text and source code."""

from collections.abc import Iterator

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from services.llm.documents.model import DocumentUnsupported
from services.llm.documents.reading.decoding import decode
from services.llm.documents.reading.draft import Draft, clean


class TextParser(BaseBlobParser):
    """Reads text as it is."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield all of it."""
        draft = Draft()
        draft.add(clean(text_of(blob)))
        yield draft.document()


def text_of(blob: Blob) -> str:
    """Return a blob's text."""
    text = decode(blob.as_bytes())
    if text is None:
        raise DocumentUnsupported
    return text
