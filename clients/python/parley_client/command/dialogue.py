"""A conversation in the terminal."""

import asyncio
import readline
import sys
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from parley_client import (
    Conversation,
    FileCredentials,
    Parley,
    ParleyError,
    ReplyFailed,
    connect,
)
from parley_client.command import resting
from parley_client.command.asking import Question, ask, chosen
from parley_client.command.failures import advice, complain
from parley_client.command.knowing import Grounds, options
from parley_client.command.listing import table, title
from parley_client.command.resting import Resting
from parley_client.command.screen import console, note
from parley_client.command.showing import show_messages
from parley_client.command.turns import Turns

# What does not move the cursor is between \1 and \2, so that readline counts right.
PROMPT = "\1\x1b[1;36m\2> \1\x1b[0m\2"
LISTED = 20
HELP = f"""\
/new            begin another conversation
/temporary      begin one that is kept for an hour only
/list           list the latest conversations
/open N         go on with number N of the list
/model [NAME]   ask this model from now on; without a name, the default

/regenerate     have the last answer written anew
/edit TEXT      ask something else instead of the last question
/continue       go on with an answer that was stopped or broke off
/branches       list what these have branched into
/branch N       show number N of them, and go on there
/rate good|bad  say what the last answer is like; a comment may follow

{resting.HELP}

/help           show this
/quit           leave (or Ctrl-D)

Ctrl-C stops an answer; pressed again it only stops watching.
A question that begins with / needs a space before it."""

T = TypeVar("T")


def converse(
    url: str,
    id: str | None,
    *,
    last: bool,
    model: str,
    temporary: bool,
    grounds: Grounds,
    files: Sequence[Path],
) -> None:
    """Ask and answer until the person has enough."""
    # A pasted text is one question, however many lines it has.
    readline.parse_and_bind("set enable-bracketed-paste on")
    # The loop rests while a line is edited: the line editor is not asynchronous.
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        connecting = connect(url, credentials=FileCredentials())
        parley = runner.run(stack.enter_async_context(connecting))
        try:
            rests_on = Resting(runner.run(options(parley, grounds)))
            runner.run(rests_on.attach(parley, files))
            dialogue = Dialogue(
                runner, parley, rests_on, model=model, temporary=temporary
            )
            dialogue.hold(id, last=last)
        finally:
            runner.run(stack.aclose())


class Dialogue:
    """What a person and Parley say to each other."""

    def __init__(
        self,
        runner: asyncio.Runner,
        parley: Parley,
        rests_on: Resting,
        *,
        model: str,
        temporary: bool,
    ) -> None:
        self._runner = runner
        self._parley = parley
        self._rests_on = rests_on
        self._model = model
        self._temporary = temporary
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
                self._obey(line)
            else:
                self._ask(line.strip())
        except ParleyError as error:
            complain(advice(error, self._parley.url))
        except KeyboardInterrupt:
            pass  # What was under way has said so.

    def _ask(self, text: str) -> None:
        if not self._conversation:
            # Kept at once: who interrupts the first answer goes on in the same one.
            self._conversation = self._run(
                self._parley.conversations.create(temporary=self._temporary)
            )
        question = Question(
            text=text,
            model=self._model,
            attachments=self._rests_on.attached(),
            options=self._rests_on.options,
        )
        try:
            self._run(ask(self._parley, self._conversation, question))
        except ReplyFailed:
            raise
        except ParleyError:
            # Refused: what was to go with it goes with the next one.
            self._rests_on.attachments.extend(question.attachments)
            raise

    def _obey(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        match command, *rest.split(maxsplit=1):
            case ["/new"]:
                self._begin(temporary=False)
            case ["/temporary"]:
                self._begin(temporary=True)
            case ["/model"]:
                self._model = ""
                note("The default model answers.")
            case ["/model", name]:
                self._model = name
                note(f"{name} answers.")
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
            case _ if self._run(
                self._rests_on.obey(self._parley, command, rest.strip())
            ):
                pass
            case _ if self._conversation:
                self._turn(Turns(self._parley, self._conversation), command, rest)
            case [
                "/regenerate"
                | "/edit"
                | "/continue"
                | "/rate"
                | "/sources"
                | "/tokens",
                *_,
            ]:
                complain("There is no answer yet. Ask something first.")
            case _:
                not_understood(command)

    def _turn(self, turns: Turns, command: str, rest: str) -> None:
        match command, *rest.split(maxsplit=1):
            case ["/regenerate"]:
                self._run(turns.regenerate(model=self._model))
            case ["/edit", *_] if rest.strip():
                self._run(
                    turns.edit(
                        rest.strip(),
                        model=self._model,
                        options=self._rests_on.options,
                    )
                )
            case ["/continue"]:
                self._run(turns.go_on())
            case ["/branches"]:
                self._run(turns.branches())
            case ["/branch", number] if number.isdecimal():
                self._run(turns.switch(int(number)))
            case ["/rate", "good" | "bad" as score, *comment]:
                self._run(turns.rate(score, "".join(comment)))
            case ["/sources"]:
                self._run(turns.sources(None))
            case ["/sources", number] if number.isdecimal():
                self._run(turns.sources(int(number)))
            case ["/tokens"] if self._conversation:
                self._run(
                    self._rests_on.count(
                        self._parley, self._conversation, model=self._model
                    )
                )
            case _:
                not_understood(command)

    def _begin(self, *, temporary: bool) -> None:
        self._conversation = None
        self._temporary = temporary
        note("A temporary conversation." if temporary else "A new conversation.")

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


def not_understood(command: str) -> None:
    """Complain about a line that begins with a slash."""
    complain(f"{command} is not understood like this. See /help")
