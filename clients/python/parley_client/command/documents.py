"""Documents: getting them in, looking at them, getting them out."""

from pathlib import Path
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Document, Parley
from parley_client.command import finding, knowing
from parley_client.command.harmless import harmless, one_line
from parley_client.command.listing import local, show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note
from parley_client.command.sources import where
from parley_client.command.uploads import FLAGS, STATES, tell, uploaded
from parley_client.errors import ENDINGS, DocumentFailed
from parley_client.names import id_of

app = typer.Typer()

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE…", exists=True, dir_okay=False, help="What to upload."
    ),
]
Which = Annotated[
    str, typer.Argument(metavar="DOCUMENT", help="The document, by its name or id.")
]
Within = Annotated[
    str,
    typer.Option("--collection", metavar="COLLECTION", help="The collection it is in."),
]
Page = Annotated[
    int, typer.Option(min=0, help="Show this page, slide or sheet instead.")
]
Query = Annotated[list[str], typer.Argument(help="What to look for.")]
Limit = Annotated[int, typer.Option(min=1, max=50, help="How many to show at most.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here, not to its own name.")
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    Upload documents for answers to rest on; list, search, read and delete them.

    \b
    Examples:
      $ parley documents upload handbook.pdf notes.md
      $ parley chat --document handbook.pdf "How many days of leave do I have?"
      $ parley documents show handbook.pdf --page 12
    """
    if context.invoked_subcommand is None:
        run(url, lambda parley: list_all(parley, ""))


@app.command()
def upload(files: Files, collection: Within = "", url: Url = DEFAULT_URL) -> None:
    """
    Upload files, at most 64 MiB each, and wait until they can be searched.

    Parley reads PDF, DOCX, PPTX, XLSX, HTML, Markdown, text, code, CSV, EPUB and
    e-mail; images are shown to models that see. Prints the ids. If the connection
    breaks, the upload goes on where it was.

    \b
    Examples:
      $ parley documents upload *.pdf --collection Work
      $ parley chat --document "$(parley documents upload report.docx)" "Sum it up"
    """

    async def action(parley: Parley) -> None:
        into = await finding.collection(parley, collection) if collection else ""
        failed: DocumentFailed | None = None
        for file in files:
            try:
                (document,) = await uploaded(parley, [file], collection=into)
            except DocumentFailed as error:
                # The others may well be read.
                note(f"{one_line(file.name)}: {error.message}")
                failed = error
            else:
                typer.echo(id_of(document))
        if failed:
            raise failed

    run(url, action)


@app.command("list")
def list_command(collection: Within = "", url: Url = DEFAULT_URL) -> None:
    """List your documents, the newest first; in a pipe, tab-separated."""
    run(url, lambda parley: list_all(parley, collection))


@app.command()
def show(document: Which, page: Page = 0, url: Url = DEFAULT_URL) -> None:
    """Show what is known of a document, or one of its pages as text."""

    async def action(parley: Parley) -> None:
        name = await finding.document(parley, document)
        if page:
            read = await parley.documents.read(name, page=page)
            typer.echo(harmless(read.page.text))
        else:
            show_rows(("", ""), facts(await parley.documents.get(name)), nothing="")

    run(url, action)


@app.command()
def search(
    query: Query,
    document: knowing.Documents = None,
    collection: knowing.Collections = None,
    limit: Limit = 10,
    url: Url = DEFAULT_URL,
) -> None:
    """
    Find passages, the best first; in a pipe, tab-separated.

    \b
    Example:
      $ parley documents search parental leave --collection Work
    """

    async def action(parley: Parley) -> None:
        within = await knowing.knowledge(
            parley,
            documents=document or (),
            collections=collection or (),
            everything=False,
        )
        found = await parley.documents.search(" ".join(query), within, limit=limit)
        rows = [
            (
                id_of(passage.citation.document),
                where(passage.citation),
                one_line(passage.citation.quote),
            )
            for passage in found
        ]
        nothing = "Nothing found. Other words may find more."
        show_rows(("document", "where", "passage"), rows, nothing=nothing)

    run(url, action)


@app.command()
def download(document: Which, output: Output = None, url: Url = DEFAULT_URL) -> None:
    """Get a file back as it was uploaded; writes over no file unless -o says so."""

    async def action(parley: Parley) -> None:
        name = await finding.document(parley, document)
        # A name that somebody gave it leads into no other folder.
        shown = one_line((await parley.documents.get(name)).display_name)
        file = output or Path(Path(shown).name or id_of(name))
        if output is None and file.exists():
            raise typer.BadParameter(f"there is a file {file}; say where to with -o")
        if not file.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {file.parent}")
        await parley.documents.save(name, file)
        note(f"Wrote {file}.")

    run(url, action)


@app.command()
def rename(
    document: Which,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    url: Url = DEFAULT_URL,
) -> None:
    """Give a document another name."""

    async def action(parley: Parley) -> None:
        found = await finding.document(parley, document)
        renamed = await parley.documents.rename(found, name)
        note(f"Renamed: {one_line(renamed.display_name)}")

    run(url, action)


@app.command()
def move(
    document: Which,
    collection: Annotated[
        str, typer.Argument(metavar="[COLLECTION]", help="The collection to put it in.")
    ] = "",
    out: Annotated[bool, typer.Option("--out", help="Out of any collection.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Put a document into a collection, or out of any."""
    if bool(collection) == out:
        raise typer.BadParameter("say either a COLLECTION or --out")

    async def action(parley: Parley) -> None:
        into = await finding.collection(parley, collection) if collection else ""
        found = await finding.document(parley, document)
        moved = await parley.documents.move(found, into)
        note(f"Moved: {one_line(moved.display_name)}")

    run(url, action)


@app.command()
def reindex(document: Which, url: Url = DEFAULT_URL) -> None:
    """Have a document read anew, and wait for it; it is found meanwhile."""

    async def action(parley: Parley) -> None:
        found = await finding.document(parley, document)
        again = await parley.documents.watch(await parley.documents.reindex(found))
        tell(again)
        note(f"Read anew: {one_line(again.display_name)}")

    run(url, action)


@app.command()
def delete(
    documents: Annotated[
        list[str], typer.Argument(metavar="DOCUMENT…", help="By their names or ids.")
    ],
    url: Url = DEFAULT_URL,
) -> None:
    """Delete documents for good, and all that finds them."""

    async def action(parley: Parley) -> None:
        for document in documents:
            await parley.documents.delete(await finding.document(parley, document))
            note(f"Deleted: {one_line(document)}")

    run(url, action)


async def list_all(parley: Parley, collection: str) -> None:
    """Print documents."""
    within = await finding.collection(parley, collection) if collection else ""
    rows = [
        (
            id_of(each),
            local(each.create_time),
            state(each),
            str(each.page_count or ""),
            one_line(each.display_name),
        )
        async for each in parley.documents.list(within)
    ]
    nothing = "There is no document yet. Upload one: parley documents upload FILE"
    show_rows(("id", "since", "state", "pages", "name"), rows, nothing=nothing)


def state(document: Document) -> str:
    """Say how far a document is."""
    return STATES.get(document.state, "unknown")


def facts(document: Document) -> list[tuple[str, str]]:
    """Return what is known of a document."""
    reason = DocumentFailed(document).reason
    return [
        ("id", id_of(document)),
        ("name", one_line(document.display_name)),
        ("state", state(document)),
        *([("problem", ENDINGS.get(reason, ""))] if document.failure_reason else []),
        ("kind", one_line(document.media_type)),
        ("bytes", str(document.size_bytes)),
        ("pages", str(document.page_count)),
        ("passages", str(document.passage_count)),
        ("characters", str(document.character_count)),
        ("collection", id_of(document.collection)),
        ("since", local(document.create_time)),
        *(("note", FLAGS[flag]) for flag in document.flags if flag in FLAGS),
    ]
