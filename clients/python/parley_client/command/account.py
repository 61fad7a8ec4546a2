"""An account, its end, and the end of what is in it."""

import sys
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command.harmless import harmless
from parley_client.command.options import (
    PasswordStdin,
    Url,
    ask_password,
    run,
)
from parley_client.command.proving import shown_anew
from parley_client.command.screen import note
from parley_client.names import id_of

OnlyId = Annotated[
    bool, typer.Option("--id", help="Show the id, for who shares something with you.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether to.")]


def whoami(only_id: OnlyId = False, url: Url = DEFAULT_URL) -> None:
    """Show who is signed in, and where."""

    async def action(parley: Parley) -> None:
        user = await parley.user()
        if only_id:
            typer.echo(id_of(user))
            return
        typer.echo(harmless(f"{user.email} ({user.display_name}) at {url}"))

    run(url, action)


def delete_account(
    password_stdin: PasswordStdin = False, yes: Yes = False, url: Url = DEFAULT_URL
) -> None:
    """
    Delete your account, and with it all your conversations.

    Asks for the password. This cannot be undone.
    """
    if not yes and (password_stdin or not sys.stdin.isatty()):
        raise typer.BadParameter("say --yes to do it without being asked")

    async def ask(parley: Parley) -> None:
        email = (await parley.user()).email
        if not yes:
            question = f"Delete {email} and all its conversations at {url} for good?"
            typer.confirm(harmless(question), abort=True, err=True)

    async def action(parley: Parley) -> None:
        await parley.delete_account(password)
        note("The account and its conversations are deleted.")

    run(url, ask)
    password = ask_password(from_stdin=password_stdin)
    run(url, action)


def erase_data(
    password_stdin: PasswordStdin = False, yes: Yes = False, url: Url = DEFAULT_URL
) -> None:
    """
    Erase all your conversations and documents, but keep your account.

    What goes: conversations, folders, links, imports, and what is known of their cost;
    documents, collections, prompts, assistants, memories, and what you said of tools.
    It is out of sight at once, and gone by the time that is printed. What is used of
    the running budgets stays used. This cannot be undone. To keep a copy:
    `parley export -o parley.json`

    Asks for the password, if it is a while since you showed who you are.
    """
    if not yes and (password_stdin or not sys.stdin.isatty()):
        raise typer.BadParameter("say --yes to do it without being asked")

    async def ask(parley: Parley) -> None:
        email = (await parley.user()).email
        if not yes:
            question = f"Erase all conversations and documents of {email} at {url}"
            question += " for good?"
            typer.confirm(harmless(question), abort=True, err=True)

    async def action(parley: Parley) -> None:
        deadline = await shown_anew(
            parley, parley.erase_data, from_stdin=password_stdin
        )
        when = f"{deadline.astimezone():%Y-%m-%d %H:%M}"
        note(f"Out of sight already; everything will be gone by {when}.")

    run(url, ask)
    run(url, action)
