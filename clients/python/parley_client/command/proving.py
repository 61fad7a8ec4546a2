"""Showing once more who one is, for what asks for that."""

import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from parley_client import Parley, ParleyError
from parley_client.command.options import ask_password

Made = TypeVar("Made")


async def shown_anew(
    parley: Parley, action: Callable[[], Awaitable[Made]], *, from_stdin: bool
) -> Made:
    """Do what needs that one has shown lately who one is; ask, if that is so."""
    try:
        return await action()
    except ParleyError as error:
        asked = error.reason == "REAUTHENTICATION_REQUIRED"
        if not asked or not (from_stdin or sys.stdin.isatty()):
            raise
    password = ask_password(from_stdin=from_stdin)
    try:
        await parley.reauthenticate(password)
    except ParleyError as error:
        if error.metadata.get("field") != "proof" or from_stdin:
            raise
        code = typer.prompt("Code of your authenticator", err=True)
        await parley.reauthenticate(password, totp_code=code)
    return await action()
