"""What may be shown on a terminal."""

import re

# Control characters, but for the tab and the end of a line: what a model or another
# person wrote must not steer the terminal.
CONTROLS = re.compile(r"\r(?=\n)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    """Remove what a terminal would obey instead of showing it."""
    return CONTROLS.sub("", text)


def one_line(text: str) -> str:
    """Put a text on one line, without tabs."""
    return " ".join(harmless(text).split())
