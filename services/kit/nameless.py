"""Files without a name: whatever ends the process, nothing is left of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile


@contextmanager
def nameless() -> Iterator[Path]:
    """
    Yield the path of an empty file that nobody else can open.

    A child process can, by the same path, if it is handed the descriptor, which is the
    path's last part.
    """
    with TemporaryFile() as file:
        yield Path(f"/proc/self/fd/{file.fileno()}")
