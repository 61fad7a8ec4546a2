"""Markdown in a terminal, while it is being written."""

import re
from typing import ClassVar

from rich import markdown
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.segment import Segment

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


class LeftHeading(markdown.Heading):
    """A heading that does not jump to the middle of a wide terminal."""

    LEVEL_ALIGN: ClassVar[dict[str, JustifyMethod]] = dict.fromkeys(
        markdown.Heading.LEVEL_ALIGN, "left"
    )


class Markdown(markdown.Markdown):
    """Markdown in the terminal's own colours; links show where they lead."""

    elements: ClassVar[dict[str, type[markdown.MarkdownElement]]] = {
        **markdown.Markdown.elements,
        "heading_open": LeftHeading,
    }

    def __init__(self, text: str) -> None:
        super().__init__(text, code_theme="ansi_dark", hyperlinks=False)


class Tail:
    """The last lines of something, as many as fit on the screen."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        lines = console.render_lines(Markdown(self._text), options, pad=False)
        for line in lines[-max(1, console.height - 2) :]:
            yield from line
            yield Segment.line()


def whole_blocks(text: str) -> int:
    """
    Return where the last block that is known to be whole ends.

    A block is whole when a line after an empty one begins the next block: not inside
    a fence, and not indented, which would still belong to an item of a list.
    """
    end = position = 0
    fence = ""
    empty = False
    for line in text.splitlines(keepends=True):
        if not fence and empty and line[:1].strip():
            end = position
        mark = FENCE.match(line)
        if fence:
            closes = mark and mark[1].startswith(fence) and line.strip() == mark[1]
            fence = "" if closes else fence
        elif mark:
            fence = mark[1]
        empty = not line.strip()
        position += len(line)
    return end
