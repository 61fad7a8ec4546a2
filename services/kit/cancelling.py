"""
Cancellations that get lost.

Before Python 3.12 `asyncio.wait_for` returns as if nothing were when a cancellation
comes just as what it waits for is done (python/cpython#86296). Then the task goes on,
and who cancelled it and waits for its end waits for ever. Libraries use it: whoever
calls one counts before and after.
"""

import asyncio


def cancellations() -> int:
    """Count how often the running task was told to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0
