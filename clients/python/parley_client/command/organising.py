"""Keeping conversations in order."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command.folders import find_folder
from parley_client.command.harmless import one_line
from parley_client.command.listing import local, title
from parley_client.command.options import Url, run
from parley_client.command.screen import note

Id = Annotated[str, typer.Argument(metavar="ID", help="One of those that list shows.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Those that list shows.")]
Title = Annotated[list[str], typer.Argument(help="What to call it.")]
Tags = Annotated[list[str], typer.Argument(metavar="TAG…", help="Words to find it by.")]
Remove = Annotated[bool, typer.Option("--remove", help="Take the tags away.")]
Off = Annotated[bool, typer.Option("--off", help="Undo it.")]
Folder = Annotated[
    str, typer.Argument(metavar="[FOLDER]", help="The folder, by its name or id.")
]
Out = Annotated[bool, typer.Option("--out", help="Out of any folder.")]


def rename(id: Id, name: Title, url: Url = DEFAULT_URL) -> None:
    """Give a conversation another title."""

    async def action(parley: Parley) -> None:
        renamed = await parley.conversations.update(id, title=" ".join(name))
        note(f"Renamed: {title(renamed)}")

    run(url, action)


def pin(ids: Ids, off: Off = False, url: Url = DEFAULT_URL) -> None:
    """Keep conversations on top of the list."""

    async def action(parley: Parley) -> None:
        for id in ids:
            changed = await parley.conversations.update(id, pinned=not off)
            note(f"{'Unpinned' if off else 'Pinned'}: {title(changed)}")

    run(url, action)


def archive(ids: Ids, off: Off = False, url: Url = DEFAULT_URL) -> None:
    """Put conversations out of the way; list --archived shows them."""

    async def action(parley: Parley) -> None:
        for id in ids:
            changed = await parley.conversations.update(id, archived=not off)
            note(f"{'Back in the list' if off else 'Archived'}: {title(changed)}")

    run(url, action)


def tag(id: Id, tags: Tags, remove: Remove = False, url: Url = DEFAULT_URL) -> None:
    """Add tags to a conversation, or take them away."""

    async def action(parley: Parley) -> None:
        given = {each.casefold() for each in tags}
        found = await parley.conversations.get(id)
        kept = [each for each in found.tags if each.casefold() not in given]
        changed = await parley.conversations.update(
            found, tags=kept if remove else [*kept, *tags]
        )
        note(f"Tags: {one_line(', '.join(changed.tags)) or 'none'}")

    run(url, action)


def move(id: Id, folder: Folder = "", out: Out = False, url: Url = DEFAULT_URL) -> None:
    """Put a conversation into a folder, or out of any."""
    if bool(folder) == out:
        raise typer.BadParameter("say either a FOLDER or --out")

    async def action(parley: Parley) -> None:
        into = await find_folder(parley, folder) if folder else ""
        changed = await parley.conversations.update(id, folder=into)
        note(f"Moved: {title(changed)}")

    run(url, action)


def delete(ids: Ids, url: Url = DEFAULT_URL) -> None:
    """Delete conversations with their messages; undelete brings them back."""

    async def action(parley: Parley) -> None:
        for id in ids:
            deleted = await parley.conversations.delete(id)
            if deleted and deleted.HasField("purge_time"):
                until = local(deleted.purge_time)
                back = f"parley conversations undelete {id}"
                note(f"Deleted {id}. Until {until} you can have it back: {back}")
            else:
                note(f"Deleted {id}.")

    run(url, action)


def undelete(ids: Ids, url: Url = DEFAULT_URL) -> None:
    """Bring deleted conversations back; list --deleted shows them."""

    async def action(parley: Parley) -> None:
        for id in ids:
            note(f"Back: {title(await parley.conversations.undelete(id))}")

    run(url, action)


ALL = (rename, pin, archive, tag, move, delete, undelete)
