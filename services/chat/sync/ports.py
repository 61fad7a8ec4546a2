"""What keeping devices in step needs from the outside, beside the events."""

from collections.abc import Callable
from typing import Protocol


class Wakes(Protocol):
    """Who says that there may be something new. What is missed is found by looking."""

    connected: bool

    def listen(self, topic: str, listener: Callable[[bytes], None]) -> None:
        """Call the listener with each message."""

    def leave(self, topic: str, listener: Callable[[bytes], None]) -> None:
        """Call the listener no more."""
