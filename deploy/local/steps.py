"""Long work, shown: what is going on, for how long, and what went wrong."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

TAIL = 25  # lines of a failed command's output that are shown
TICK = 0.2


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show that the block is running, then how long it took."""
    began, done = monotonic(), threading.Event()
    alive = sys.stdout.isatty()

    def show() -> None:
        while not done.wait(TICK):
            print(f"\r  … {title} {monotonic() - began:.0f} s", end="", flush=True)

    ticking = threading.Thread(target=show, daemon=True)
    if alive:
        ticking.start()
    mark = "✗"
    try:
        yield
        mark = "✓"
    finally:
        done.set()
        if alive:
            ticking.join()
            print("\r\033[K", end="")
        print(f"  {mark} {title} ({monotonic() - began:.1f} s)", flush=True)


def run(command: Sequence[str | Path], *, log: Path, **options: object) -> None:
    """Run a command into a log file; when it fails, end with the log's last lines."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        code = subprocess.run(  # type: ignore[call-overload]  # options are passed on
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
            **options,
        ).returncode
    if code:
        lines = log.read_text(errors="replace").splitlines()[-TAIL:]
        raise SystemExit(
            "\n".join([f"\n`{command[0]}` failed with status {code}:", *lines])
            + f"\n\nThe whole output: {log}"
        )
