"""Which models there are."""

import sys

import typer
from rich.table import Table
from rich.text import Text

from parley_client import DEFAULT_URL, Model, Parley
from parley_client.command.harmless import harmless
from parley_client.command.options import Url, run
from parley_client.command.screen import console


def models(url: Url = DEFAULT_URL) -> None:
    """
    List the models that can be asked, the default first.

    \b
    Example:
      $ parley chat --model "$(parley models | tail -1 | cut -f1)" "Who are you?"
    """

    async def action(parley: Parley) -> None:
        found = [row(model) async for model in parley.models()]
        if sys.stdout.isatty():
            shown = Table(box=None, pad_edge=False, header_style="dim")
            for name in ("model", "provider", "name"):
                shown.add_column(name, overflow="fold")
            for cells in found:
                shown.add_row(*map(Text, cells))
            console().print(shown)
        else:
            for cells in found:
                typer.echo("\t".join(cells))

    run(url, action)


def row(model: Model) -> tuple[str, str, str]:
    """Return what is shown of a model."""
    id = model.name.removeprefix("models/")
    return harmless(id), harmless(model.provider), harmless(model.display_name)
