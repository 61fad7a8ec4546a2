"""Asking: one question, or a conversation."""

import os
import sys
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command.asking import ask, chosen
from parley_client.command.dialogue import converse
from parley_client.command.failures import failing
from parley_client.command.options import Conversation, Last, Model, Url, run

# More than Parley takes; a whole disk that is piped in by mistake stops here.
MAX_PIPED = 1_000_000

Question = Annotated[
    list[str] | None, typer.Argument(help="What to ask. Without it: a conversation.")
]


def chat(
    question: Question = None,
    conversation: Conversation = None,
    last: Last = False,
    model: Model = "",
    url: Url = DEFAULT_URL,
) -> None:
    """
    Ask a question and watch the answer, or have a conversation.

    What is piped in goes with the question. The answer goes to stdout: as Markdown on
    a terminal, as plain text into a pipe. Ctrl-C stops watching, not the answer.

    \b
    Examples:
      $ parley chat "What is a monad?"
      $ parley chat --last "And in one sentence?"
      $ git diff | parley chat "Write the commit message" > message.txt
      $ parley chat
    """
    if conversation and last:
        raise typer.BadParameter("--conversation and --last exclude each other")
    text = whole_question(" ".join(question or ()), piped())
    if text is None:
        with failing(url):
            converse(url, conversation, last=last, model=model)
        return

    async def action(parley: Parley) -> None:
        into = await chosen(parley, conversation, last=last)
        await ask(parley, into, text, model=model)

    run(url, action)


def piped() -> str | None:
    """Return what is piped in; None if a person sits there."""
    if sys.stdin is None or sys.stdin.isatty():
        return None
    return sys.stdin.buffer.read(MAX_PIPED).decode(errors="replace")


def whole_question(asked: str, given: str | None) -> str | None:
    """Join the question and what was piped in; None if a person is to be asked."""
    # What the shell gave may be no UTF-8, and what is piped may hold NULs.
    asked = os.fsencode(asked).decode(errors="replace").strip()
    given = given.replace("\0", "\ufffd").strip("\n") if given else given
    if not asked and given is None:
        return None
    if text := "\n\n".join(part for part in (asked, given) if part):
        return text
    raise typer.BadParameter("is empty, and so is what was piped in")
