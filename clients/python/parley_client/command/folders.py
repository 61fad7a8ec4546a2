"""Folders."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Folder, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note

app = typer.Typer()

Which = Annotated[
    str, typer.Argument(metavar="FOLDER", help="The folder, by its name or id.")
]
Name = Annotated[str, typer.Argument(help="What to call it.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    List, create, rename and delete folders.

    \b
    Examples:
      $ parley folders create Work
      $ parley conversations move ID Work
      $ parley conversations list --folder Work
    """
    if context.invoked_subcommand is None:
        run(url, list_all)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List your folders; in a pipe, tab-separated."""
    run(url, list_all)


@app.command()
def create(name: Name, url: Url = DEFAULT_URL) -> None:
    """Create a folder."""

    async def action(parley: Parley) -> None:
        created = await parley.folders.create(name)
        note(f"Created: {one_line(created.display_name)}")

    run(url, action)


@app.command()
def rename(folder: Which, name: Name, url: Url = DEFAULT_URL) -> None:
    """Give a folder another name."""

    async def action(parley: Parley) -> None:
        renamed = await parley.folders.rename(await find_folder(parley, folder), name)
        note(f"Renamed: {one_line(renamed.display_name)}")

    run(url, action)


@app.command()
def delete(folder: Which, url: Url = DEFAULT_URL) -> None:
    """Delete a folder. Its conversations stay, in no folder."""

    async def action(parley: Parley) -> None:
        await parley.folders.delete(await find_folder(parley, folder))
        note("Deleted. Its conversations are in no folder now.")

    run(url, action)


async def list_all(parley: Parley) -> None:
    """Print every folder."""
    rows = [
        (id_of(folder), one_line(folder.display_name))
        async for folder in parley.folders.list()
    ]
    nothing = "There is no folder yet. Create one: parley folders create NAME"
    show_rows(("id", "name"), rows, nothing=nothing)


async def find_folder(parley: Parley, given: str) -> Folder:
    """Return the folder that is meant by a name or an id."""
    found = [folder async for folder in parley.folders.list()]
    meant = [each for each in found if given in (id_of(each), each.display_name)]
    if len(meant) == 1:
        return meant[0]
    many = f"{len(meant)} folders are called {given!r}; say which by its id"
    none = f"there is no folder {given!r}"
    raise typer.BadParameter(f"{many if meant else none}. See them: parley folders")


def id_of(folder: Folder) -> str:
    """Return the last part of a folder's name."""
    return folder.name.rpartition("/")[2]
