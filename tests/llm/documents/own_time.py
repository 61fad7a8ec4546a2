"""Time, without what other processes took of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic

SCHEDULED = Path("/proc/thread-self/schedstat")


def own_time() -> float:
    """Tell seconds that pass while this thread runs or sleeps, not in a CPU's queue."""
    try:
        _, queued, _ = SCHEDULED.read_text().split()
    except FileNotFoundError:  # no kernel of Linux, or one that does not count it
        return monotonic()
    return monotonic() - int(queued) / 1e9


async def longest_turn(ended: Callable[[], bool]) -> float:
    """Tell for how long others kept one waiting who wants a turn again and again."""
    longest = 0.0
    while not ended():
        began = own_time()
        await asyncio.sleep(0.01)
        longest = max(longest, own_time() - began)
    return longest
