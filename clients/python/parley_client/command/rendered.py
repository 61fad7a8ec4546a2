"""An answer on a terminal, rendered while it is being written."""

import asyncio
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from parley_client.command.harmless import harmless
from parley_client.command.markdown import Markdown, Tail, whole_blocks
from parley_client.command.screen import ANEW

FRAME_SECONDS = 0.1
DRAWN = 2000  # characters of a thought while it is being thought


class RenderedAnswer:
    """
    Markdown, block after block.

    A whole block is printed for good; only the one being written is drawn again and
    again, and no more of it than the screen holds. So scrolling back shows it once.
    """

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._block = ""
        self._thought = ""
        self._thought_printed = 0
        self._thinking = False
        self._printed = False
        self._paused = False
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

    def _unfinished(self) -> Tail | Spinner | Text:
        if self._block.strip():
            return Tail(self._block)
        if self._thinking:
            lines = harmless(self._thought[-DRAWN:]).splitlines()
            return Text("\n".join(lines[-self._screen.height // 3 :]), style="dim")
        return self._spinner

    async def _draw(self) -> None:
        while True:
            if not self._paused:
                self._live.refresh()
            await asyncio.sleep(FRAME_SECONDS)

    async def __aenter__(self) -> Self:
        self._live.start()
        self._drawing = asyncio.create_task(self._draw())
        return self

    def think(self, text: str, offset: int) -> None:
        if self._block.strip():
            block, self._block = self._block, ""
            self._print(block)
        self._thought = self._thought[:offset] + text
        self._thinking = True

    def write(self, text: str) -> None:
        self._end_of_thought()
        self._block += harmless(text)
        if "\n" in text and (end := whole_blocks(self._block)):
            whole, self._block = self._block[:end], self._block[end:]
            self._print(whole)

    def pause(self) -> None:
        self._end_of_thought()
        self._paused = True
        self._live.stop()

    def go_on(self) -> None:
        self._paused = False
        self._live.start()

    def restart(self) -> None:
        self._block = self._thought = ""
        self._thinking, self._thought_printed = False, 0
        # What is printed for good may have left the screen.
        if self._printed:
            self._screen.print(Text(f"\n{ANEW}", style="dim"))

    async def __aexit__(self, *error: object) -> None:
        if self._drawing:
            self._drawing.cancel()
        self._end_of_thought()
        rest, self._block = self._block, ""
        self._live.stop()
        if rest.strip():
            self._print(rest)

    def _end_of_thought(self) -> None:
        """Print for good what was thought; what may be thought later is on its own."""
        thought, self._thinking = self._thought[self._thought_printed :], False
        self._thought_printed = len(self._thought)
        if thought.strip():
            self._show(Text(harmless(thought).strip(), style="dim"))

    def _print(self, block: str) -> None:
        self._show(Markdown(block))

    def _show(self, shown: Markdown | Text) -> None:
        if self._printed:
            self._screen.print()
        self._printed = True
        self._screen.print(shown)
