"""Looking at conversations."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley, View
from parley_client.command.asking import chosen
from parley_client.command.folders import find_folder
from parley_client.command.listing import show_conversations
from parley_client.command.options import Last, Url, run
from parley_client.command.screen import note
from parley_client.command.showing import show_messages

app = typer.Typer()

OptionalId = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="One of those that list shows.")
]
Archived = Annotated[bool, typer.Option("--archived", help="The archived ones.")]
Deleted = Annotated[
    bool, typer.Option("--deleted", help="The deleted ones, which you can undelete.")
]
Pinned = Annotated[bool, typer.Option("--pinned", help="The pinned ones.")]
InFolder = Annotated[
    str, typer.Option("--folder", metavar="FOLDER", help="Those in this folder.")
]
Tagged = Annotated[str, typer.Option("--tag", help="Those with this tag.")]
Every = Annotated[bool, typer.Option("--all", help="Show all its branches.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    List, show, order and delete conversations.

    \b
    Examples:
      $ parley conversations
      $ parley conversations show --last
      $ parley conversations | grep -i draft | cut -f1
    """
    if context.invoked_subcommand is None:

        async def action(parley: Parley) -> None:
            listed = parley.conversations.list()
            show_conversations([conversation async for conversation in listed])

        run(url, action)


@app.command("list")
def list_command(
    archived: Archived = False,
    deleted: Deleted = False,
    pinned: Pinned = False,
    folder: InFolder = "",
    tag: Tagged = "",
    url: Url = DEFAULT_URL,
) -> None:
    """
    List your conversations, the latest used first; in a pipe, tab-separated.

    \b
    Examples:
      $ parley conversations list --folder Work --tag urgent
      $ parley conversations list --deleted
    """
    if archived + deleted + pinned > 1:
        raise typer.BadParameter("--archived, --deleted, --pinned exclude each other")
    view: View = (
        "archived"
        if archived
        else "deleted"
        if deleted
        else "pinned"
        if pinned
        else "current"
    )

    async def action(parley: Parley) -> None:
        lying_in = await find_folder(parley, folder) if folder else ""
        listed = parley.conversations.list(view, folder=lying_in, tag=tag)
        show_conversations([conversation async for conversation in listed])

    run(url, action)


@app.command()
def show(
    id: OptionalId = None,
    last: Last = False,
    every: Every = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Show a conversation."""
    if bool(id) == last:
        raise typer.BadParameter("say either an ID or --last")

    async def action(parley: Parley) -> None:
        if found := await chosen(parley, id, last=last):
            await show_messages(parley, found, every=every)
        else:
            note("There is no conversation yet. Begin one: parley chat")

    run(url, action)
