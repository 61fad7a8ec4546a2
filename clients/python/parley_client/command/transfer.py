"""Taking conversations out of Parley, and bringing them in."""

import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley, RunImportResponse
from parley_client.command.failures import complain
from parley_client.command.harmless import one_line
from parley_client.command.options import Url, run
from parley_client.command.screen import bar, note


class Format(StrEnum):
    """What may be written."""

    json = "json"
    markdown = "markdown"


Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID…]",
        help="Only these of `parley conversations list`, at most 100; else all.",
    ),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="json imports back; markdown is to be read.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here, not to stdout.")
]
File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="What to import.")
]


def export(
    ids: Ids = None,
    format: FormatOption = Format.json,
    output: Output = None,
    url: Url = DEFAULT_URL,
) -> None:
    """
    Write your conversations to a file, or some of them.

    \b
    Examples:
      $ parley export -o parley.json
      $ parley export --format markdown ID | less
    """
    if output is None and sys.stdout.isatty() and format is Format.json:
        raise typer.BadParameter("name a file with -o, or pipe it somewhere")
    if output is not None and not output.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {output.parent}")

    async def action(parley: Parley) -> None:
        chunks = parley.transfer.export(ids or (), format=format.value)
        if output is None:
            async for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        # A file is there whole or not at all.
        part = output.with_name(f".{output.name}.part")
        try:
            with part.open("wb") as file:
                async for chunk in chunks:
                    file.write(chunk)
            part.replace(output)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
        note(f"Wrote {output}.")

    run(url, action)


def import_file(file: File, url: Url = DEFAULT_URL) -> None:
    """
    Import conversations: an export of Parley, ChatGPT or Claude, as it is.

    Of ChatGPT and Claude the zip that they send you, or the conversations.json in it,
    of at most 512 MiB. What is left out is said, and why.

    If it breaks off, import the file again: conversations are stored whole or not at
    all, but those that were stored would then be there twice.

    \b
    Examples:
      $ parley import parley.json
      $ parley import ~/Downloads/claude-export.zip
    """
    if file.stat().st_size == 0:
        raise typer.BadParameter("the file is empty")

    async def action(parley: Parley) -> None:
        with bar() as progress:
            upload = progress.add_task("uploading", total=None)

            def uploaded(done: int, size: int) -> None:
                progress.update(upload, completed=done, total=size)

            job = await parley.transfer.upload(file, uploaded)
            read = progress.add_task("reading", total=job.size_bytes)
            last = RunImportResponse()
            async for last in parley.transfer.run(job):
                progress.update(read, completed=last.read_bytes)
                for skipped in last.skipped:
                    what = one_line(skipped.title) or "(untitled)"
                    problem = one_line(skipped.problem)
                    note(f"Skipped no. {skipped.index + 1}, {what}: {problem}")
        note(
            f"Imported {last.imported_conversations} conversations with "
            f"{last.imported_messages} messages; skipped {last.skipped_count}."
        )
        if not last.done.complete:
            complain(one_line(last.done.problem) or "The file was not read to its end.")
            raise typer.Exit(1)

    run(url, action)
