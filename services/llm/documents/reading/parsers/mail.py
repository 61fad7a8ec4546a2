"""E-mail: what was written, and the names of what was attached."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

from services.llm.documents.reading.decoding import decode
from services.llm.documents.reading.draft import Draft, clean
from services.llm.documents.reading.parsers import html

FIELDS = ("From", "To", "Cc", "Date", "Subject")
MAX_FIELD = 2_000
MAX_ATTACHMENTS = 1_000


class MailParser(BaseBlobParser):
    """Reads a message."""

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield all of it."""
        message = message_from_bytes(blob.as_bytes(), policy=policy.default)
        draft = Draft()
        draft.mark(1, field(message, "Subject"))
        for name in FIELDS:
            if value := field(message, name):
                draft.row(f"{name}: {value}")
        draft.add("\n")
        body = message.get_body(("plain", "html"))
        if body is not None:
            write(body, draft)
        attached = (part for part in message.walk() if part.is_attachment())
        for part, _ in zip(attached, range(MAX_ATTACHMENTS), strict=False):
            name = part.get_filename() or "without a name"
            draft.row(f"Attachment: {name} ({part.get_content_type()})")
        yield draft.document()


def field(message: EmailMessage, name: str) -> str:
    """Return a field; nothing for one that the parser stumbles over."""
    try:
        return str(message.get(name, ""))[:MAX_FIELD]
    except (ValueError, LookupError, AttributeError, TypeError):
        return ""


def write(body: MIMEPart, draft: Draft) -> None:
    """Write what was written."""
    data = body.get_payload(decode=True)
    if not isinstance(data, bytes):
        return
    text = decode(data, body.get_content_charset()) or ""
    if body.get_content_subtype() == "html":
        html.write(text, draft)
    else:
        draft.add(f"{clean(text).strip()}\n\n")
