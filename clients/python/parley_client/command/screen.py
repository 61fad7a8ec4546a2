"""Where answers go: a terminal or a pipe."""

import os
import stat
import sys
from contextlib import AbstractAsyncContextManager
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.theme import Theme

from parley_client.command.harmless import harmless

THEME = Theme({"markdown.code": "bold cyan", "markdown.code_block": "default"})

ANEW = "(The answer begins anew: forget what is above.)"


def console(*, stderr: bool = False) -> Console:
    """Return a console in the terminal's own colours."""
    return Console(stderr=stderr, theme=THEME, highlight=False)


def note(text: str) -> None:
    """Say something to the person, beside the answer."""
    console(stderr=True).print(
        harmless(text), style="dim", markup=False, soft_wrap=True
    )


def bar() -> Progress:
    """Show how far it is, to a person."""
    screen = console(stderr=True)
    return Progress(
        # As it is: what a file is called may look like markup.
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )


class Answer(AbstractAsyncContextManager["Answer"], Protocol):
    """Shows an answer that comes in pieces."""

    def write(self, text: str) -> None:
        """Show the next piece."""

    def think(self, text: str, offset: int) -> None:
        """Show what the model thinks, after so many characters."""

    def restart(self) -> None:
        """Take back what was shown, or say that it is void."""

    def pause(self) -> None:
        """Leave the screen to a question, until `go_on`."""

    def go_on(self) -> None:
        """Take the screen back."""


def answer() -> Answer:
    """Show an answer on stdout: rendered on a terminal, as it is in a pipe."""
    screen = console()
    if screen.is_terminal and not screen.is_dumb_terminal:
        # Late, because Markdown takes as long to import as everything else.
        from parley_client.command.rendered import RenderedAnswer

        return RenderedAnswer(screen)
    return PlainAnswer()


class PlainAnswer:
    """The text and nothing else, ending with a line's end."""

    def __init__(self) -> None:
        self._last = ""
        self._harmless = sys.stdout.isatty()
        self._begin = size_of_file()
        self._written = 0

    async def __aenter__(self) -> Self:
        return self

    def write(self, text: str) -> None:
        shown = harmless(text) if self._harmless else text
        sys.stdout.write(shown)
        sys.stdout.flush()
        self._last = text or self._last
        self._written += len(shown.encode(sys.stdout.encoding, errors="replace"))

    def think(self, text: str, offset: int) -> None:
        """Show nothing: it is not part of the answer."""

    def pause(self) -> None:
        if self._last and not self._last.endswith("\n") and self._harmless:
            self.write("\n")

    def go_on(self) -> None:
        """Nothing was taken."""

    def restart(self) -> None:
        if not self._last:
            return
        # Only what is ours, and ours alone.
        if self._begin is not None and size_of_file() == self._begin + self._written:
            sys.stdout.truncate(self._begin)
            sys.stdout.seek(self._begin)
        else:
            if not self._last.endswith("\n"):
                self.write("\n")
            note(ANEW)
        self._last, self._written = "", 0

    async def __aexit__(self, *error: object) -> None:
        if self._last and not self._last.endswith("\n"):
            self.write("\n")


def size_of_file() -> int | None:
    """Return how long the file is that stdout goes to, or None if it is no file."""
    try:
        status = os.fstat(sys.stdout.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
