"""However a bucket is asked, its rate holds."""

from collections.abc import Coroutine

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.buckets import (
    Level,
    LocalBuckets,
    Size,
)


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(
    size=st.builds(
        Size,
        burst=st.integers(min_value=1, max_value=20),
        per_minute=st.integers(min_value=1, max_value=600),
    ),
    pauses=st.lists(st.floats(min_value=0, max_value=30), min_size=1, max_size=60),
)
def test_whoever_asks_whenever_gets_no_more_than_the_rate_allows(
    size: Size, pauses: list[float]
):
    clock = Seconds()
    buckets = LocalBuckets(size, clock=clock)
    taken: list[float] = []
    for pause in pauses:
        clock.now += pause
        before = run(buckets.look("key"))
        level = run(buckets.take("key"))
        assert level.taken == (before.remaining > 0) == (before.wait_seconds == 0)
        assert level.remaining == before.remaining - level.taken
        if level.taken:
            taken.append(clock.now)

    for first, begin in enumerate(taken):
        for last, end in enumerate(taken[first:], first):
            came_back = (end - begin) * 1_000_000 / size.interval
            assert last - first + 1 <= size.burst + came_back + 0.001


def run(asked: Coroutine[object, None, Level]) -> Level:
    """Finish what waits for nothing."""
    with pytest.raises(StopIteration) as done:
        asked.send(None)
    level: Level = done.value.value
    return level
