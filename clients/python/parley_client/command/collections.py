"""Collections, which documents lie in."""

from collections.abc import Iterable
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command import finding
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note
from parley_client.names import id_of, name_of

app = typer.Typer()

Which = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="The collection, by its name or id.")
]
Name = Annotated[str, typer.Argument(help="What to call it.")]
Description = Annotated[str, typer.Option(help="What it is about.")]
Users = Annotated[
    list[str] | None,
    typer.Argument(metavar="[USER…]", help="Their ids, as `parley whoami --id` shows."),
]
Groups = Annotated[
    list[str] | None,
    typer.Option("--group", help="A group by its name or id; may be repeated."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether to.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    List, create, rename, share and delete collections of documents.

    \b
    Examples:
      $ parley collections create Work
      $ parley documents upload *.pdf --collection Work
      $ parley chat --collection Work "What did we decide?"
      $ parley collections share Work --group Sales
    """
    if context.invoked_subcommand is None:
        run(url, list_all)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List your collections, then those shared with you; in a pipe, tab-separated."""
    run(url, list_all)


@app.command()
def create(name: Name, description: Description = "", url: Url = DEFAULT_URL) -> None:
    """Create a collection."""

    async def action(parley: Parley) -> None:
        created = await parley.collections.create(name, description=description)
        note(f"Created: {one_line(created.display_name)}")

    run(url, action)


@app.command()
def rename(collection: Which, name: Name, url: Url = DEFAULT_URL) -> None:
    """Give a collection another name."""

    async def action(parley: Parley) -> None:
        found = await finding.collection(parley, collection)
        renamed = await parley.collections.update(found, display_name=name)
        note(f"Renamed: {one_line(renamed.display_name)}")

    run(url, action)


@app.command()
def share(
    collection: Which,
    users: Users = None,
    group: Groups = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Let others, or groups that you are in, read and search a collection too."""
    if not users and not group:
        raise typer.BadParameter("say with whom: USER… or --group GROUP")

    async def action(parley: Parley) -> None:
        found = await parley.collections.get(
            await finding.collection(parley, collection)
        )
        added = await meant(parley, users, group)
        readers = [*dict.fromkeys([*found.readers, *added])]
        shared = await parley.collections.update(found, readers=readers)
        note(f"Shared with: {readers_of(shared.readers)}")

    run(url, action)


@app.command()
def unshare(
    collection: Which,
    users: Users = None,
    group: Groups = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Keep a collection from these from now on; from everybody, if you name none."""

    async def action(parley: Parley) -> None:
        found = await parley.collections.get(
            await finding.collection(parley, collection)
        )
        taken = await meant(parley, users, group) or found.readers
        readers = [each for each in found.readers if each not in taken]
        shared = await parley.collections.update(found, readers=readers)
        note(f"Shared with: {readers_of(shared.readers)}")

    run(url, action)


@app.command()
def groups(url: Url = DEFAULT_URL) -> None:
    """List the groups that you are in, which you can share collections with."""

    async def action(parley: Parley) -> None:
        rows = [
            (id_of(each), one_line(each.display_name))
            async for each in parley.account.groups()
        ]
        show_rows(("id", "name"), rows, nothing="You are in no group.")

    run(url, action)


@app.command()
def delete(collection: Which, yes: Yes = False, url: Url = DEFAULT_URL) -> None:
    """Delete a collection and all documents in it, for good."""

    async def action(parley: Parley) -> None:
        found = await parley.collections.get(
            await finding.collection(parley, collection)
        )
        if not yes:
            name, count = one_line(found.display_name), found.document_count
            question = f"Delete {name} and the {count} documents in it for good?"
            typer.confirm(question, abort=True, err=True)
        await parley.collections.delete(found)
        note("Deleted, and the documents in it.")

    run(url, action)


async def meant(
    parley: Parley, users: Iterable[str] | None, groups: Iterable[str] | None
) -> list[str]:
    """Name the users and the groups that are meant."""
    return [
        *(name_of(user, "users") for user in users or ()),
        *[await finding.group(parley, each) for each in groups or ()],
    ]


async def list_all(parley: Parley) -> None:
    """Print every collection."""
    rows = [
        (
            id_of(each),
            str(each.document_count),
            str(len(each.readers) or ""),
            one_line(each.display_name),
        )
        async for each in parley.collections.list()
    ]
    nothing = "There is no collection yet. Create one: parley collections create NAME"
    show_rows(("id", "documents", "readers", "name"), rows, nothing=nothing)


def readers_of(readers: Iterable[str]) -> str:
    """Name those who may read."""
    named = [
        f"group {id_of(each)}" if each.startswith("groups/") else id_of(each)
        for each in readers
    ]
    return one_line(", ".join(named)) or "nobody"
