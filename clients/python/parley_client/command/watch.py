"""Watching what changes."""

from typing import Annotated

import typer
from google.protobuf.json_format import MessageToJson

from parley_client import DEFAULT_URL, Parley
from parley_client.command.options import Url, run

Cursor = Annotated[str, typer.Option(help="Begin after the line that had this cursor.")]


def watch(cursor: Cursor = "", url: Url = DEFAULT_URL) -> None:
    """
    Print what changes among your conversations, from any device, until Ctrl-C.

    Each line is a JSON object with the `events` and the `cursor` to go on from; the
    first says where this begins. Lines hold names and numbers, not what was said.

    \b
    Example:
      $ parley watch | jq -c '.events[]?'
    """

    async def action(parley: Parley) -> None:
        async for changes in parley.changes.watch(cursor):
            # In ASCII, so that nothing in it steers a terminal.
            typer.echo(MessageToJson(changes, indent=None))

    run(url, action)
