"""The code that is asked for after the password."""

import sys

import typer

from parley_client import SecondFactorNeeded
from parley_client.command.failures import complain


def ask_code(needed: SecondFactorNeeded, *, from_stdin: bool) -> str:
    """Read a code from the terminal, or the next line of stdin."""
    if not (needed.totp or needed.recovery_code):
        complain("Only a passkey is good here: sign in with a browser.")
        raise typer.Exit(1)
    if from_stdin and (line := sys.stdin.readline()):
        return line.rstrip("\r\n")
    if from_stdin or not sys.stdin.isatty():
        complain(f"{needed.message} Pipe a code in after it with --password-stdin.")
        raise typer.Exit(1)
    answer: str = typer.prompt(question(needed), err=True)
    return answer


def question(needed: SecondFactorNeeded) -> str:
    """Say which codes are good."""
    if not needed.totp:
        return "Recovery code"
    if not needed.recovery_code:
        return "Code of your authenticator app"
    return "Code of your authenticator app, or a recovery code"
