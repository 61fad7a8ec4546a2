"""Tools."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note
from parley_client.names import id_of

app = typer.Typer()

Tools = Annotated[
    list[str], typer.Argument(metavar="TOOL…", help="Those that list shows.")
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    See which tools models may call, and say which of them for you.

    \b
    Examples:
      $ parley tools enable calculator
      $ parley chat --tool calculator "What is 17% of 2,345?"
    """
    if context.invoked_subcommand is None:
        run(url, list_all)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List the tools that there are; in a pipe, tab-separated."""
    run(url, list_all)


@app.command()
def enable(tools: Tools, url: Url = DEFAULT_URL) -> None:
    """Let models be offered tools, where you say so with --tool."""
    run(url, lambda parley: switch(parley, tools, enabled=True))


@app.command()
def disable(tools: Tools, url: Url = DEFAULT_URL) -> None:
    """Keep tools from models."""
    run(url, lambda parley: switch(parley, tools, enabled=False))


async def switch(parley: Parley, tools: list[str], *, enabled: bool) -> None:
    """Enable or disable tools."""
    for tool in tools:
        switched = await parley.tools.enable(tool, enabled=enabled)
        note(f"{'Enabled' if enabled else 'Disabled'}: {one_line(id_of(switched))}")


async def list_all(parley: Parley) -> None:
    """Print every tool."""
    rows = [
        (
            one_line(id_of(each)),
            "enabled" if each.enabled else "disabled",
            "asks first" if each.needs_approval else "",
            one_line(each.server),
            one_line(each.description or each.display_name),
        )
        async for each in parley.tools.list()
    ]
    nothing = "There is no tool. Ask whoever runs Parley."
    show_rows(("tool", "", "", "server", "what it does"), rows, nothing=nothing)
