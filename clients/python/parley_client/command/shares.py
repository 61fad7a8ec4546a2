"""Links that show a conversation to others."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley, Share
from parley_client.command.asking import chosen
from parley_client.command.harmless import one_line
from parley_client.command.listing import local, show_rows
from parley_client.command.options import Last, Url, run
from parley_client.command.screen import note

app = typer.Typer(no_args_is_help=True)

OptionalId = Annotated[
    str | None,
    typer.Argument(metavar="[ID]", help="One of `parley conversations list`."),
]
Title = Annotated[str, typer.Option(help="The title that others see.")]
Days = Annotated[
    int, typer.Option(min=0, max=365, help="For how many days; 0 for ever.")
]
SignedIn = Annotated[
    bool, typer.Option("--signed-in-only", help="Only for people who have an account.")
]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Those that list shows.")]


@app.callback()
def default() -> None:
    """
    Make links that show a conversation as it is now, list and revoke them.

    \b
    Examples:
      $ parley share create --last --days 7
      $ parley share list
      $ parley share revoke ID
    """


@app.command()
def create(
    id: OptionalId = None,
    last: Last = False,
    title: Title = "",
    days: Days = 0,
    signed_in_only: SignedIn = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Make a link and print it. Who has it sees what was said until now."""
    if bool(id) == last:
        raise typer.BadParameter("say either an ID or --last")

    async def action(parley: Parley) -> None:
        found = await chosen(parley, id, last=last)
        if not found:
            raise typer.BadParameter("there is no conversation yet")
        share = await parley.shares.create(
            found,
            title=title,
            signed_in_only=signed_in_only,
            expires=datetime.now(UTC) + timedelta(days=days) if days else None,
        )
        typer.echo(parley.shares.link(share))
        if share.truncated:
            note("The conversation is long: only its last part is shown.")
        note(f"Revoke it: parley share revoke {id_of(share)}")

    run(url, action)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List your links, the newest first; in a pipe, tab-separated."""

    async def action(parley: Parley) -> None:
        rows = [
            (
                id_of(share),
                until(share),
                one_line(share.title),
                parley.shares.link(share),
            )
            async for share in parley.shares.list()
        ]
        nothing = "There is no link. Make one: parley share create --last"
        show_rows(("id", "until", "title", "link"), rows, nothing=nothing)

    run(url, action)


@app.command()
def revoke(ids: Ids, url: Url = DEFAULT_URL) -> None:
    """Revoke links: they lead nowhere from now on."""

    async def action(parley: Parley) -> None:
        for id in ids:
            await parley.shares.revoke(id)
            note(f"Revoked {id}.")

    run(url, action)


def until(share: Share) -> str:
    """Say how long a link is good."""
    return local(share.expire_time) if share.HasField("expire_time") else "for ever"


def id_of(share: Share) -> str:
    """Return the last part of a link's name."""
    return share.name.rpartition("/")[2]
