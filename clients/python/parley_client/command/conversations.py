"""Looking at conversations, and deleting them."""

import sys
from datetime import UTC
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.table import Table
from rich.text import Text

from parley_client import DEFAULT_URL, Conversation, Message, Parley, Role
from parley_client.command.asking import chosen, id_of
from parley_client.command.failures import complain
from parley_client.command.harmless import harmless
from parley_client.command.options import Last, Url, run
from parley_client.command.screen import answer, console, note

app = typer.Typer()

Id = Annotated[str, typer.Argument(metavar="ID", help="One of those that list shows.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Those that list shows.")]
OptionalId = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="One of those that list shows.")
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    List, show and delete conversations.

    \b
    Examples:
      $ parley conversations
      $ parley conversations show --last
      $ parley conversations | grep -i draft | cut -f1
    """
    if context.invoked_subcommand is None:
        run(url, list_all)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List your conversations, the latest used first; in a pipe, tab-separated."""
    run(url, list_all)


@app.command()
def show(id: OptionalId = None, last: Last = False, url: Url = DEFAULT_URL) -> None:
    """Show a conversation."""
    if bool(id) == last:
        raise typer.BadParameter("say either an ID or --last")

    async def action(parley: Parley) -> None:
        if found := await chosen(parley, id, last=last):
            await show_messages(parley, found)
        else:
            note("There is no conversation yet. Begin one: parley chat")

    run(url, action)


@app.command()
def delete(ids: Ids, url: Url = DEFAULT_URL) -> None:
    """Delete conversations with their messages. Cannot be undone."""

    async def action(parley: Parley) -> None:
        for id in ids:
            await parley.conversations.delete(id)
            note(f"Deleted {id}.")

    run(url, action)


async def list_all(parley: Parley) -> None:
    """Print every conversation."""
    found = [conversation async for conversation in parley.conversations.list()]
    if not sys.stdout.isatty():
        for one in found:
            when = one.update_time.ToJsonString()
            typer.echo(f"{id_of(one)}\t{when}\t{title(one)}")
    elif found:
        console().print(table(found))
    else:
        note("There is no conversation yet. Begin one: parley chat")


def table(found: list[Conversation], *, numbered: bool = False) -> Table:
    """Show conversations to a person, by number or by id."""
    shown = Table(box=None, pad_edge=False, header_style="dim")
    shown.add_column("" if numbered else "id", no_wrap=True, style="cyan")
    shown.add_column("last used", no_wrap=True, style="dim")
    shown.add_column("title", no_wrap=True, overflow="ellipsis")
    for number, one in enumerate(found, start=1):
        label = str(number) if numbered else id_of(one)
        shown.add_row(label, local(one.update_time), Text(title(one)))
    return shown


async def show_messages(parley: Parley, conversation: Conversation) -> None:
    """Print the messages of a conversation."""
    console().print(Text(title(conversation), style="bold"), soft_wrap=True)
    async for message in parley.conversations.messages(conversation):
        console().print()
        console().print(Text(heading(message), style="dim"))
        async with answer() as shown:
            shown.write(message.text)
        if message.state == Message.State.STATE_GENERATING:
            note("(still being written; look again in a moment)")
        elif message.state == Message.State.STATE_FAILED:
            complain("(this answer broke off)")


def title(conversation: Conversation) -> str:
    """Return what a conversation is called, on one line."""
    return " ".join(harmless(conversation.title).split()) or "(untitled)"


def heading(message: Message) -> str:
    """Say who wrote a message, and when."""
    model = harmless(message.model) or "Parley"
    who = "You" if message.role == Role.ROLE_USER else model
    return f"{who} · {local(message.create_time)}"


def local(time: Timestamp) -> str:
    """Show a time as the clock on the wall does."""
    return f"{time.ToDatetime(UTC).astimezone():%Y-%m-%d %H:%M}"
