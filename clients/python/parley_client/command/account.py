"""Signing in and out, and the end of an account and of what is in it."""

import sys
from functools import partial
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley, ParleyError, SecondFactorNeeded
from parley_client.command.codes import ask_code
from parley_client.command.harmless import harmless
from parley_client.command.options import (
    PasswordStdin,
    Url,
    ask_mailed_code,
    ask_password,
    run,
)
from parley_client.command.screen import note
from parley_client.names import id_of

Email = Annotated[str | None, typer.Option(help="Your e-mail address.")]
SignUp = Annotated[bool, typer.Option("--sign-up", help="Create the account first.")]
OnlyId = Annotated[
    bool, typer.Option("--id", help="Show the id, for who shares something with you.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether to.")]


def login(
    email: Email = None,
    sign_up: SignUp = False,
    password_stdin: PasswordStdin = False,
    url: Url = DEFAULT_URL,
) -> None:
    """
    Sign in, or sign up.

    Who has a second factor is asked for a code: of the authenticator app, or a recovery
    code. With --password-stdin it is the line after the password.

    The session is kept in ~/.config/parley, readable by you alone. It lives until
    `parley logout`, or until it is not used for long.

    \b
    Examples:
      $ parley login --sign-up
      $ parley login --email ada@example.com
      $ pass parley | parley login --email ada@example.com --password-stdin

    Where Parley sends mail, signing up takes a code that went to the address. With
    --password-stdin it is the second line.
    """
    if email is None:
        if password_stdin or not sys.stdin.isatty():
            raise typer.BadParameter("say which with --email", param_hint="email")
        email = typer.prompt("E-mail", err=True)
    password = ask_password(from_stdin=password_stdin, twice=sign_up)

    async def first(parley: Parley) -> SecondFactorNeeded | None:
        try:
            if sign_up:
                if verification := await parley.sign_up(email, password):
                    mailed = ask_mailed_code(email, from_stdin=password_stdin)
                    await parley.complete_sign_up(verification, mailed)
            else:
                await parley.sign_in(email, password)
        except SecondFactorNeeded as needed:
            return needed
        await signed_in(parley)
        return None

    async def second(
        parley: Parley, needed: SecondFactorNeeded, code: str
    ) -> SecondFactorNeeded | None:
        try:
            await parley.complete_sign_in(needed, code)
        except ParleyError as error:
            if error.reason != "INVALID_CREDENTIALS":
                raise
            note("This code is not right, or was used before.")
            return needed
        await signed_in(parley)
        return None

    async def signed_in(parley: Parley) -> None:
        note(f"Signed in at {url} as {(await parley.user()).email}.")

    needed = run(url, first)
    while needed:
        code = ask_code(needed, from_stdin=password_stdin)
        needed = run(url, partial(second, needed=needed, code=code))


def logout(url: Url = DEFAULT_URL) -> None:
    """Sign out: end this machine's session."""

    async def action(parley: Parley) -> None:
        await parley.sign_out()
        note(f"Signed out at {url}.")

    run(url, action)


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


def erase_data(yes: Yes = False, url: Url = DEFAULT_URL) -> None:
    """
    Erase all your conversations and documents, but keep your account.

    What goes: conversations, folders, links, imports, and what is known of their cost;
    documents, collections, prompts, assistants, memories, and what you said of tools.
    It is out of sight at once, and gone by the time that is printed. What is used of
    the running budgets stays used. This cannot be undone. To keep a copy:
    `parley export -o parley.json`
    """
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("say --yes to do it without being asked")

    async def ask(parley: Parley) -> None:
        email = (await parley.user()).email
        if not yes:
            question = f"Erase all conversations and documents of {email} at {url}"
            question += " for good?"
            typer.confirm(harmless(question), abort=True, err=True)

    async def action(parley: Parley) -> None:
        deadline = await parley.erase_data()
        when = f"{deadline.astimezone():%Y-%m-%d %H:%M}"
        note(f"Out of sight already; everything will be gone by {when}.")

    run(url, ask)
    run(url, action)
