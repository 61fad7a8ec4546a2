"""Signing in and out."""

import os
import platform
import sys
import webbrowser
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley, ParleyError, SecondFactorNeeded
from parley_client.command.codes import ask_code
from parley_client.command.harmless import harmless
from parley_client.command.options import (
    API_KEY,
    PasswordStdin,
    Url,
    ask_mailed_code,
    ask_password,
    run,
)
from parley_client.command.screen import console, note

Email = Annotated[str | None, typer.Option(help="Your e-mail address.")]
SignUp = Annotated[bool, typer.Option("--sign-up", help="Create the account first.")]
Password = Annotated[
    bool, typer.Option("--password", help="Ask for e-mail and password here.")
]
Key = Annotated[
    bool,
    typer.Option("--api-key", help="Ask for an API key, or read it from stdin."),
]
Invitation = Annotated[
    str,
    typer.Option(envvar="PARLEY_INVITATION", help="What you were invited with."),
]
NoBrowser = Annotated[
    bool, typer.Option("--no-browser", help="Only show the link; open nothing.")
]


def login(
    email: Email = None,
    password: Password = False,
    sign_up: SignUp = False,
    password_stdin: PasswordStdin = False,
    api_key: Key = False,
    no_browser: NoBrowser = False,
    invitation: Invitation = "",
    url: Url = DEFAULT_URL,
) -> None:
    """
    Sign in with your browser, or with a password or an API key.

    Shows a link and a code. Open the link where you are signed in, here or on another
    machine, see that the code is the same, and approve. No password is typed here.
    Approve no code that you did not ask for yourself.

    With a password, who has a second factor is asked for a code: of the authenticator
    app, or a recovery code. Where Parley sends mail, signing up takes a code that went
    to the address. With --password-stdin, codes are the lines after the password.

    The session is kept in ~/.config/parley, readable by you alone. It lives until
    `parley logout`, or until it is not used for long.

    \b
    Examples:
      $ parley login
      $ parley login --sign-up
      $ parley login --email ada@example.com
      $ pass parley | parley login --email ada@example.com --password-stdin
      $ parley login --api-key < key.txt
    """
    if api_key:
        with_key(url)
    elif password or sign_up or email or password_stdin:
        with_password(email, sign_up, password_stdin, url, invitation)
    elif sys.stdin.isatty():
        with_browser(url, opening=not no_browser)
    else:
        raise typer.BadParameter(
            "nobody is there to approve it; say --email with --password-stdin, "
            f"or --api-key, or set {API_KEY}"
        )


def with_browser(url: str, *, opening: bool) -> None:
    """Sign in by way of a browser."""

    async def action(parley: Parley) -> None:
        waiting = await parley.sign_in_with_browser(f"parley on {platform.node()}")
        note("Open this link, and approve if the code is the same:")
        screen = console(stderr=True)
        link = harmless(waiting.uri_complete)
        screen.print(f"\n  {link}\n", markup=False, soft_wrap=True)
        screen.print(f"  Code: {harmless(waiting.user_code)}\n", markup=False)
        if opening and has_browser() and is_page(waiting.uri_complete):
            webbrowser.open(waiting.uri_complete)
        wait = waiting.expire_time - datetime.now(UTC)
        left = max(1, round(wait.total_seconds() / 60))
        with screen.status(f"Waiting for you, {left} minutes at most. Ctrl-C ends it."):
            await waiting.approved()
        note(f"Signed in at {url} as {(await parley.user()).email}.")

    run(url, action)


def with_password(
    email: str | None, sign_up: bool, password_stdin: bool, url: str, invitation: str
) -> None:
    """Sign in, or up, with an e-mail address and a password."""
    if email is None:
        if password_stdin or not sys.stdin.isatty():
            raise typer.BadParameter("say which with --email", param_hint="email")
        email = typer.prompt("E-mail", err=True)
    password = ask_password(from_stdin=password_stdin, twice=sign_up)

    async def first(parley: Parley) -> SecondFactorNeeded | None:
        try:
            if sign_up:
                if verification := await parley.sign_up(
                    email, password, invitation=invitation
                ):
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


def with_key(url: str) -> None:
    """Keep an API key, if it is good."""
    if sys.stdin.isatty():
        key = typer.prompt("API key", hide_input=True, err=True)
    else:
        key = sys.stdin.readline()

    async def action(parley: Parley) -> None:
        await parley.sign_in_with_key(key.strip())
        note(f"This key is used at {url} from now on.")

    run(url, action)


def logout(url: Url = DEFAULT_URL) -> None:
    """
    Sign out: end this machine's session, wherever it was begun.

    An API key is only forgotten here. Revoke it: `parley keys revoke`
    """

    async def action(parley: Parley) -> None:
        await parley.sign_out()
        note(f"Signed out at {url}.")

    run(url, action)


def is_page(link: str) -> bool:
    """Say whether a link leads to a page: other kinds open programs."""
    return link.startswith(("https://", "http://"))


def has_browser() -> bool:
    """Say whether a browser can be opened where the person sits."""
    if "SSH_CONNECTION" in os.environ:
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return any(name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY"))
