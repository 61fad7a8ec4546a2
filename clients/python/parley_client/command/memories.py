"""Memories."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import local, show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note
from parley_client.names import id_of

app = typer.Typer()

Id = Annotated[str, typer.Argument(metavar="ID", help="One of those that list shows.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Those that list shows.")]
Fact = Annotated[list[str], typer.Argument(help="What to remember, in one line.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    Have facts remembered, which models are told in every conversation.

    Nothing is remembered that you did not say here.

    \b
    Example:
      $ parley memories add "I write British English."
    """
    if context.invoked_subcommand is None:
        run(url, list_all)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List what is remembered; in a pipe, tab-separated."""
    run(url, list_all)


@app.command()
def add(fact: Fact, url: Url = DEFAULT_URL) -> None:
    """Have a fact remembered."""

    async def action(parley: Parley) -> None:
        added = await parley.memories.add(" ".join(fact))
        note(f"Remembered: {one_line(added.text)}")

    run(url, action)


@app.command()
def change(id: Id, fact: Fact, url: Url = DEFAULT_URL) -> None:
    """Have something else remembered instead."""

    async def action(parley: Parley) -> None:
        changed = await parley.memories.change(id, " ".join(fact))
        note(f"Remembered: {one_line(changed.text)}")

    run(url, action)


@app.command()
def delete(ids: Ids, url: Url = DEFAULT_URL) -> None:
    """Have facts forgotten."""

    async def action(parley: Parley) -> None:
        for id in ids:
            await parley.memories.delete(id)
            note(f"Forgotten: {one_line(id)}")

    run(url, action)


async def list_all(parley: Parley) -> None:
    """Print every memory."""
    rows = [
        (id_of(each), local(each.create_time), one_line(each.text))
        async for each in parley.memories.list()
    ]
    nothing = "Nothing is remembered. Say what to: parley memories add FACT"
    show_rows(("id", "since", "fact"), rows, nothing=nothing)
