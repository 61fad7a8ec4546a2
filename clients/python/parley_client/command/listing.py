"""Lists: a table for a person, tab-separated lines for a pipe."""

import sys
from collections.abc import Sequence
from datetime import UTC

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.table import Table
from rich.text import Text

from parley_client import Conversation
from parley_client.command.harmless import one_line
from parley_client.command.screen import console, note


def show_rows(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, nothing: str
) -> None:
    """Show a list whose cells are single lines; say so if there is nothing in it."""
    if not sys.stdout.isatty():
        for cells in rows:
            typer.echo("\t".join(cells))
    elif rows:
        shown = Table(box=None, pad_edge=False, header_style="dim")
        for name in names:
            shown.add_column(name, overflow="fold")
        for cells in rows:
            shown.add_row(*map(Text, cells))
        console().print(shown)
    else:
        note(nothing)


def show_conversations(found: Sequence[Conversation]) -> None:
    """Show conversations."""
    if not sys.stdout.isatty():
        for one in found:
            when = one.update_time.ToJsonString()
            typer.echo(f"{id_of(one)}\t{when}\t{title(one)}")
    elif found:
        console().print(table(found))
    else:
        note("There is no such conversation. Begin one: parley chat")


def table(found: Sequence[Conversation], *, numbered: bool = False) -> Table:
    """Show conversations to a person, by number or by id."""
    shown = Table(box=None, pad_edge=False, header_style="dim")
    shown.add_column("" if numbered else "id", no_wrap=True, style="cyan")
    shown.add_column("last used", no_wrap=True, style="dim")
    shown.add_column("title", no_wrap=True, overflow="ellipsis")
    for number, one in enumerate(found, start=1):
        label = str(number) if numbered else id_of(one)
        shown.add_row(label, local(one.update_time), Text(title(one)))
    return shown


def id_of(conversation: Conversation) -> str:
    """Return the last part of a conversation's name."""
    return conversation.name.rpartition("/")[2]


def title(conversation: Conversation) -> str:
    """Return what a conversation is called, on one line."""
    return one_line(conversation.title) or "(untitled)"


def local(time: Timestamp) -> str:
    """Show a time as the clock on the wall does."""
    return f"{time.ToDatetime(UTC).astimezone():%Y-%m-%d %H:%M}"
