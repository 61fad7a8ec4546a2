"""Following a document until it is ready or has failed."""

from collections.abc import AsyncGenerator
from time import monotonic

from services.llm.documents.model import Document, DocumentNotFound
from services.llm.documents.ports import Documents, Signals, document_topic
from services.llm.members import Member
from services.llm.names import DocumentName

HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 5.0  # a signal may be lost


class Watching:
    """Shows a document whenever it changes."""

    def __init__(self, documents: Documents, signals: Signals) -> None:
        self._documents = documents
        self._signals = signals

    async def watch(
        self, name: DocumentName, reader: Member, *, seconds: float
    ) -> AsyncGenerator[Document]:
        """
        Yield the document as it is, then on every change, and as a sign of life.

        Ends with the one that is ready or has failed, or after so many seconds; without
        a word if it is deleted, or may not be read any more.
        """
        until = monotonic() + seconds
        async with self._signals.subscribe(document_topic(name)) as subscription:
            shown = await self._documents.get(name, reader)
            yield shown
            said = monotonic()
            while shown.state in ("uploading", "processing") and monotonic() < until:
                silence = said + HEARTBEAT_SECONDS - monotonic()
                await subscription.next(max(0.0, min(LOOK_SECONDS, silence)))
                try:
                    found = await self._documents.get(name, reader)
                except DocumentNotFound:
                    return
                if found != shown or monotonic() - said >= HEARTBEAT_SECONDS:
                    yield found
                    shown, said = found, monotonic()
