"""Files on their way into Parley, with a bar for each."""

from collections.abc import Sequence
from pathlib import Path

from rich.progress import TaskID

from parley_client import Document, DocumentFailed, Parley
from parley_client.command.harmless import one_line
from parley_client.command.screen import bar, note

STATES = {
    Document.STATE_UPLOADING: "uploading",
    Document.STATE_PROCESSING: "reading",
    Document.STATE_READY: "ready",
    Document.STATE_FAILED: "failed",
}
FLAGS = {
    Document.FLAG_TRUNCATED: "is longer than may be, so its end is not read",
    Document.FLAG_PAGES_WITHOUT_TEXT: "has pages that are only pictures",
    Document.FLAG_ACTIVE_CONTENT: "held macros, which were left out",
    Document.FLAG_NAME_MISLEADS: "is another kind of file than its name says",
    Document.FLAG_NO_EMBEDDING: "is found by its words only, not by their meaning",
}


async def uploaded(
    parley: Parley, files: Sequence[Path], *, collection: str = ""
) -> list[Document]:
    """Upload files and wait until they can be searched; the first failure ends it."""
    done = []
    with bar() as progress:
        for file in files:
            shown = one_line(file.name)
            task = progress.add_task(f"uploading {shown}", total=None)

            def update(now: Document, task: TaskID = task, shown: str = shown) -> None:
                if now.state == Document.STATE_UPLOADING:
                    done, total = now.uploaded_bytes, now.size_bytes
                else:
                    done, total = now.progress_percent, 100
                state = STATES.get(now.state, "")
                progress.update(
                    task, description=f"{state} {shown}", completed=done, total=total
                )

            try:
                document = await parley.documents.upload(
                    file, collection=collection, progress=update
                )
            except DocumentFailed as failed:
                # Nothing can be done with it, and it would take up room.
                await parley.documents.delete(failed.document, allow_missing=True)
                raise
            tell(document)
            done.append(document)
    return done


def tell(document: Document) -> None:
    """Say what is missing of a document although it is ready."""
    for flag in document.flags:
        if missing := FLAGS.get(flag):
            note(f"{one_line(document.display_name)} {missing}.")
