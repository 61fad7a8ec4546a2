"""What is wrong with a file, or was not taken over from it."""

from collections import Counter

UNKNOWN = "The file is no export of Parley, ChatGPT or Claude."


class Broken(Exception):
    """The file cannot be read any further. Its message is a sentence for people."""


class Malformed(Exception):
    """One conversation cannot be read. Its message is a sentence for people."""


class Report:
    """What of a conversation is not as in the file, and how often."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def note(self, what: str) -> None:
        """Count one more of something."""
        self._counts[what] += 1

    def __str__(self) -> str:
        if not self._counts:
            return ""
        each = "; ".join(f"{what} ({count})" for what, count in self._counts.items())
        return f"Not as in the file: {each}."
