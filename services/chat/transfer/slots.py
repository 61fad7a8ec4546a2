"""How much of what is heavy a process does at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.kit.errors import Overloaded

RETRY_SECONDS = 5.0


class Slots:
    """A few places; who finds none is told to come again."""

    def __init__(self, places: int) -> None:
        self._free = places

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place while the block runs."""
        if not self._free:
            raise Overloaded(retry_seconds=RETRY_SECONDS)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
