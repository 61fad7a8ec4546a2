"""Options that several commands have, and how a command gets to Parley."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from parley_client import DEFAULT_URL, FileCredentials, Parley, connect
from parley_client.address import Address
from parley_client.command.failures import failing
from parley_client.command.harmless import harmless
from parley_client.command.screen import note

T = TypeVar("T")

API_KEY = "PARLEY_API_KEY"


def parse_url(text: str) -> str:
    """Read a URL, or explain how it has to be."""
    try:
        return Address.parse(text).url
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Url = Annotated[
    str,
    typer.Option(
        envvar="PARLEY_URL",
        parser=parse_url,
        metavar="URL",
        help="Where Parley is.",
        rich_help_panel="Where",
    ),
]
Conversation = Annotated[
    str | None,
    typer.Option(
        "--conversation", "-c", metavar="ID", help="Continue this conversation."
    ),
]
Last = Annotated[bool, typer.Option("--last", help="Take the conversation used last.")]
Model = Annotated[
    str,
    typer.Option("--model", "-m", help="Ask this model, one of `parley models`."),
]
PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from stdin, for scripts."),
]

__all__ = [
    "API_KEY",
    "DEFAULT_URL",
    "Conversation",
    "Last",
    "Model",
    "PasswordStdin",
    "Url",
    "ask_mailed_code",
    "ask_password",
    "run",
]


def run(url: str, action: Callable[[Parley], Awaitable[T]]) -> T:
    """Do something with Parley, as who signed in with `parley login`, or with a key."""
    api_key = os.environ.get(API_KEY, "").strip()
    credentials = None if api_key else FileCredentials()

    async def connected() -> T:
        async with connect(url, credentials=credentials, api_key=api_key) as parley:
            return await action(parley)

    with failing(url):
        return asyncio.run(connected())


def ask_password(*, from_stdin: bool, twice: bool = False) -> str:
    """Read a password, hidden, or the first line of stdin."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "there is no terminal to ask for it; pipe it in with --password-stdin",
            param_hint="password",
        )
    answer: str = typer.prompt(
        "Password", hide_input=True, confirmation_prompt=twice, err=True
    )
    return answer


def ask_mailed_code(email: str, *, from_stdin: bool) -> str:
    """Read the code that was sent to an address, or the next line of stdin."""
    note(f"A code was sent to {harmless(email)}. It is good for ten minutes.")
    if from_stdin:
        return sys.stdin.readline().strip()
    answer: str = typer.prompt("Code", err=True)
    return answer
