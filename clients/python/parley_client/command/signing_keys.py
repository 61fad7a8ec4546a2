"""Keys that sign access tokens."""

from collections.abc import Iterable
from typing import Annotated

import typer

from parley.auth.v1.key_service_pb2 import SigningKey
from parley_client import DEFAULT_URL, Parley
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note
from parley_client.names import id_of

app = typer.Typer(no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
WARNING = "Withdraw all keys? For some seconds calls of everybody may be refused"


@app.callback()
def default() -> None:
    """
    See and change the keys that sign access tokens.

    They are changed by themselves every 90 days. Who changes them must have signed in
    within the last ten minutes: parley login.
    """


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List the keys, the latest first; in a pipe, tab-separated."""

    async def listed(parley: Parley) -> None:
        show([key async for key in parley.signing_keys.list()])

    run(url, listed)


@app.command()
def rotate(url: Url = DEFAULT_URL) -> None:
    """Have a new key take over, with no token refused."""

    async def rotated(parley: Parley) -> None:
        show(await parley.signing_keys.rotate())

    run(url, rotated)


@app.command()
def withdraw(yes: Yes = False, url: Url = DEFAULT_URL) -> None:
    """Withdraw all keys at once, because they may be stolen; a new one takes over."""
    if not yes:
        typer.confirm(WARNING, abort=True, err=True)

    async def withdrawn(parley: Parley) -> None:
        show(await parley.signing_keys.rotate(emergency=True))
        note("What the others signed is refused from now on.")

    run(url, withdrawn)


def show(keys: Iterable[SigningKey]) -> None:
    """Show keys, and when they sign."""
    rows = [
        (
            id_of(key.name),
            SigningKey.State.Name(key.state).removeprefix("STATE_").lower(),
            key.sign_time.ToJsonString(),
            key.withdraw_time.ToJsonString() if key.HasField("withdraw_time") else "",
        )
        for key in keys
    ]
    names = ("key", "", "signs from", "withdrawn")
    show_rows(names, rows, nothing="There is no key yet.")
