"""Ctrl-C."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interruptible(interrupt: Callable[[], bool]) -> Iterator[None]:
    """Have Ctrl-C do something; where that returns False, leave as ever."""
    loop = asyncio.get_running_loop()
    leave = signal.getsignal(signal.SIGINT)
    if not callable(leave):
        # It is ignored, as by a shell for what runs in the background.
        yield
        return

    def pressed() -> None:
        if not interrupt():
            leave(signal.SIGINT, None)

    loop.add_signal_handler(signal.SIGINT, pressed)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, leave)
