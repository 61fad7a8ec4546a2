"""What reading a file may take, and yield."""

from dataclasses import dataclass

MAX_READINGS = 2  # at once in a process
MAX_PAGES = 10_000
MAX_HEADINGS = 10_000
MAX_HEADING = 200  # characters
MAX_SECTION = 500
MAX_CHUNK = 1_000
MAX_CHUNKS = 100_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024  # of all entries of an archive together
MAX_ENTRIES = 20_000

MAX_LINE_BYTES = 256 * 1024  # of what the child says
MAX_LINE_TEXT = 32 * 1024  # characters; JSON makes at most six bytes of one
MAX_LINE_CHUNKS = 100
MAX_LINE_HEADINGS = 100
MAX_SAID_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the process that reads one file may use."""

    cpu_seconds: int = 120
    wall_seconds: float = 300
    memory_bytes: int = 1024 * 1024 * 1024


LIMITS = Limits()
