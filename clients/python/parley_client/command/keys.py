"""API keys."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, ApiKey, Parley
from parley_client.api_keys import SCOPES
from parley_client.command.harmless import one_line
from parley_client.command.listing import local, show_rows
from parley_client.command.options import PasswordStdin, Url, run
from parley_client.command.proving import shown_anew
from parley_client.command.screen import note
from parley_client.names import id_of

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What the key is for.")]
Scope = Annotated[
    list[str] | None,
    typer.Option("--scope", "-s", help=f"What it may do: {', '.join(SCOPES)}."),
]
Days = Annotated[int, typer.Option(min=1, max=366, help="For how many days.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Those that list shows.")]


@app.callback()
def default() -> None:
    """
    Make, list and revoke API keys: what programs show instead of signing in.

    A key is shown once. It may chat, use knowledge or tools, never manage your account
    or make other keys. One of scope scim is for the identity provider of your company.

    \b
    Examples:
      $ parley keys create "nightly report" --scope chat --days 30
      $ parley keys create ci > key.txt
      $ PARLEY_API_KEY=$(cat key.txt) parley chat "Hello"
      $ curl -H "Authorization: Bearer $(cat key.txt)" http://localhost:8080/v1/models
      $ parley keys list
      $ parley keys revoke ID
    """


@app.command()
def create(
    name: Name,
    scope: Scope = None,
    days: Days = 90,
    password_stdin: PasswordStdin = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Make a key and print it, this once. May everything unless --scope says less."""

    async def action(parley: Parley) -> None:
        ends = datetime.now(UTC) + timedelta(days=days)

        async def make() -> str:
            new = await parley.api_keys.create(
                name, scopes=tuple(scope or SCOPES), expires=ends
            )
            note("Keep it now: it cannot be shown again.")
            note(f"Revoke it: parley keys revoke {id_of(new.api_key)}")
            return new.key

        typer.echo(await shown_anew(parley, make, from_stdin=password_stdin))

    run(url, action)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List your keys, the newest first; in a pipe, tab-separated."""

    async def action(parley: Parley) -> None:
        rows = [row(key) async for key in parley.api_keys.list()]
        names = ("id", "begins with", "may", "until", "last used", "name")
        show_rows(names, rows, nothing="No keys yet. Make one: parley keys create NAME")

    run(url, action)


@app.command()
def revoke(ids: Ids, url: Url = DEFAULT_URL) -> None:
    """Revoke keys: within a second they are refused."""

    async def action(parley: Parley) -> None:
        for id in ids:
            await parley.api_keys.revoke(id)
        note("Revoked.")

    run(url, action)


def row(key: ApiKey) -> tuple[str, ...]:
    """Return a key as cells of a list."""
    used = local(key.last_use_time) if key.HasField("last_use_time") else "never"
    return (
        id_of(key),
        key.prefix,
        " ".join(key.scopes),
        local(key.expire_time),
        used,
        one_line(key.display_name),
    )
