"""JSON: text, laid out so that it can be cut."""

from collections.abc import Iterator

import msgspec
from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from services.llm.documents.reading.draft import Draft, clean

MAX_DECODED = 8 * 1024 * 1024  # bytes; beyond, what is escaped stays so


class JsonParser(BaseBlobParser):
    """Reads JSON."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield all of it, one value a line."""
        data = blob.as_bytes().removeprefix(b"\xef\xbb\xbf")
        try:
            if len(data) <= MAX_DECODED:
                data = msgspec.json.encode(msgspec.json.decode(data))
            data = msgspec.json.format(data, indent=1)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass  # as it is, then
        draft = Draft()
        draft.add(clean(data.decode(errors="replace")))
        yield draft.document()
