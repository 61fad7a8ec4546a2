"""Where answers go: a terminal or a pipe."""

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.theme import Theme

from parley_client.command.markdown import Markdown, Tail, harmless, whole_blocks

FRAME_SECONDS = 0.1
THEME = Theme({"markdown.code": "bold cyan", "markdown.code_block": "default"})


def console(*, stderr: bool = False) -> Console:
    """Return a console in the terminal's own colours."""
    return Console(stderr=stderr, theme=THEME, highlight=False)


def note(text: str) -> None:
    """Say something to the person, beside the answer."""
    console(stderr=True).print(
        harmless(text), style="dim", markup=False, soft_wrap=True
    )


class Answer(AbstractAsyncContextManager["Answer"], Protocol):
    """Shows an answer that comes in pieces."""

    def write(self, text: str) -> None:
        """Show the next piece."""


def answer() -> Answer:
    """Show an answer on stdout: rendered on a terminal, as it is in a pipe."""
    screen = console()
    if screen.is_terminal and not screen.is_dumb_terminal:
        return RenderedAnswer(screen)
    return PlainAnswer()


class PlainAnswer:
    """The text and nothing else, ending with a line's end."""

    def __init__(self) -> None:
        self._last = ""
        self._harmless = sys.stdout.isatty()

    async def __aenter__(self) -> Self:
        return self

    def write(self, text: str) -> None:
        sys.stdout.write(harmless(text) if self._harmless else text)
        sys.stdout.flush()
        self._last = text or self._last

    async def __aexit__(self, *error: object) -> None:
        if self._last and not self._last.endswith("\n"):
            self.write("\n")


class RenderedAnswer:
    """
    Markdown, block after block.

    A whole block is printed for good; only the one being written is drawn again and
    again, and no more of it than the screen holds. So scrolling back shows it once.
    """

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._block = ""
        self._printed = False
        self._spinner = Spinner("dots")
        # Drawn by a task. The thread that Live has for it may draw while a block is
        # being printed, and then part of the old drawing stays.
        self._live = Live(
            console=screen,
            get_renderable=self._unfinished,
            auto_refresh=False,
            transient=True,
        )
        self._drawing: asyncio.Task[None] | None = None

    def _unfinished(self) -> Tail | Spinner:
        return Tail(self._block) if self._block.strip() else self._spinner

    async def _draw(self) -> None:
        while True:
            self._live.refresh()
            await asyncio.sleep(FRAME_SECONDS)

    async def __aenter__(self) -> Self:
        self._live.start()
        self._drawing = asyncio.create_task(self._draw())
        return self

    def write(self, text: str) -> None:
        self._block += harmless(text)
        if "\n" in text and (end := whole_blocks(self._block)):
            whole, self._block = self._block[:end], self._block[end:]
            self._print(whole)

    async def __aexit__(self, *error: object) -> None:
        if self._drawing:
            self._drawing.cancel()
        rest, self._block = self._block, ""
        self._live.stop()
        if rest.strip():
            self._print(rest)

    def _print(self, block: str) -> None:
        if self._printed:
            self._screen.print()
        self._printed = True
        self._screen.print(Markdown(block))
