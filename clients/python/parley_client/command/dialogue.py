"""A conversation in the terminal."""

import asyncio
import readline
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from parley_client import (
    Conversation,
    FileCredentials,
    Parley,
    ParleyError,
    connect,
)
from parley_client.command.asking import ask, chosen
from parley_client.command.conversations import show_messages, table, title
from parley_client.command.failures import advice, complain
from parley_client.command.screen import console, note

# What does not move the cursor is between \1 and \2, so that readline counts right.
PROMPT = "\1\x1b[1;36m\2> \1\x1b[0m\2"
LISTED = 20
HELP = """\
/new      begin another conversation
/list     list the latest conversations
/open N   go on with number N of the list
/help     show this
/quit     leave (or Ctrl-D)

Ctrl-C stops watching an answer; it is written all the same.
A question that begins with / needs a space before it."""

T = TypeVar("T")


def converse(url: str, id: str | None, *, last: bool, model: str) -> None:
    """Ask and answer until the person has enough."""
    # A pasted text is one question, however many lines it has.
    readline.parse_and_bind("set enable-bracketed-paste on")
    # The loop rests while a line is edited: the line editor is not asynchronous.
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        connecting = connect(url, credentials=FileCredentials())
        parley = runner.run(stack.enter_async_context(connecting))
        try:
            Dialogue(runner, parley, model=model).hold(id, last=last)
        finally:
            runner.run(stack.aclose())


class Dialogue:
    """What a person and Parley say to each other."""

    def __init__(self, runner: asyncio.Runner, parley: Parley, *, model: str) -> None:
        self._runner = runner
        self._parley = parley
        self._model = model
        self._conversation: Conversation | None = None
        self._listed: list[Conversation] = []

    def hold(self, id: str | None, *, last: bool) -> None:
        """Take line after line."""
        user = self._runner.run(self._parley.user())
        note(f"{user.email} at {self._parley.url}. /help shows what you can do.")
        if found := self._runner.run(chosen(self._parley, id, last=last)):
            self._go_on(found)
        while True:
            try:
                line = input(PROMPT if sys.stdout.isatty() else "")
            except EOFError:
                print(file=sys.stderr)  # noqa: T201  # the shell's prompt begins a line
                return
            except KeyboardInterrupt:
                note("\n(/quit or Ctrl-D leaves)")
                continue
            if line.strip() == "/quit":
                return
            if line.strip():
                self._take(line)

    def _take(self, line: str) -> None:
        try:
            if line.startswith("/"):
                self._obey(*line.split())
            else:
                self._ask(line.strip())
        except ParleyError as error:
            complain(advice(error, self._parley.url))
        except KeyboardInterrupt:
            pass  # What was under way has said so.

    def _ask(self, text: str) -> None:
        if not self._conversation:
            # Kept at once: who interrupts the first answer goes on in the same one.
            self._conversation = self._run(self._parley.conversations.create())
        self._run(ask(self._parley, self._conversation, text, model=self._model))

    def _obey(self, command: str, *arguments: str) -> None:
        match command, *arguments:
            case ["/new"]:
                self._conversation = None
                note("A new conversation.")
            case ["/list"]:
                self._list()
                console().print(table(self._listed, numbered=True))
            case ["/open", number] if number.isdecimal():
                if not self._listed:
                    self._list()
                if 0 < int(number) <= len(self._listed):
                    self._go_on(self._listed[int(number) - 1])
                else:
                    complain(f"There is no number {number}. See /list")
            case ["/help"]:
                note(HELP)
            case _:
                complain(f"{command} is not understood like this. See /help")

    def _list(self) -> None:
        async def latest() -> list[Conversation]:
            found: list[Conversation] = []
            async for conversation in self._parley.conversations.list():
                found.append(conversation)
                if len(found) == LISTED:
                    break
            return found

        self._listed = self._run(latest())

    def _go_on(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._run(show_messages(self._parley, conversation))
        note(f"\nYou go on with: {title(conversation)}")

    def _run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(doing)
