"""Users take turns, and who leaves leaves no trace."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.llm.guards.fair_queue import FairQueue, Full

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, 3)),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("end"), st.integers(0, 20)),
        st.tuples(st.just("cancel, end"), st.integers(0, 20)),
        st.tuples(st.just("end, cancel"), st.integers(0, 20)),
    ),
    max_size=60,
)


def queue(
    size: int = 1, *, waiting: int = 1_000, each: int = 1_000, patience: float = 60.0
) -> FairQueue:
    return FairQueue(size, waiting=waiting, waiting_each=each, patience=patience)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_users_hundred_questions_do_not_hold_up_anothers_one():
    fair, order = queue(), list[str]()
    await fair.take("running")

    async def take(user: str) -> None:
        await fair.take(user)
        order.append(user)
        fair.give_back()

    waiting = [asyncio.create_task(take("busy")) for _ in range(100)]
    await settled()
    waiting.append(asyncio.create_task(take("other")))
    await settled()
    fair.give_back()
    await asyncio.gather(*waiting)

    assert order.index("other") <= 1
    assert (fair.free, fair.waiting) == (1, 0)


@pytest.mark.asvs("15.2.2")
async def test_one_user_cannot_take_all_places():
    fair = queue(waiting=10, each=3)
    await fair.take("busy")
    waiting = [asyncio.create_task(fair.take("busy")) for _ in range(3)]
    await settled()

    with pytest.raises(Full):
        await fair.take("busy")
    other = asyncio.create_task(fair.take("other"))
    await settled()

    assert fair.waiting == 4
    for task in (*waiting, other):
        task.cancel()
    await asyncio.wait([*waiting, other])


async def test_who_waits_too_long_is_told():
    fair = queue(patience=0.02)
    await fair.take("a")

    with pytest.raises(Full):
        await fair.take("b")

    assert fair.waiting == 0
    fair.give_back()
    assert fair.free == 1


@settings(deadline=None)
@given(st.integers(1, 3), STEPS)
def test_no_turn_is_lost_or_made_up_whatever_happens(
    size: int, steps: list[tuple[str, int]]
):
    asyncio.run(play(size, steps))


async def play(size: int, steps: list[tuple[str, int]]) -> None:
    fair = queue(size)
    inside: list[int] = []
    waiting: dict[asyncio.Task[None], int] = {}

    async def take(user: int) -> None:
        await fair.take(user)
        inside.append(user)

    async def see() -> None:
        await settled()
        for task in [task for task in waiting if task.done()]:
            del waiting[task]
        assert len(inside) <= size
        assert fair.waiting == len(waiting)
        assert fair.free == size - len(inside)
        assert not waiting or len(inside) == size

    for what, number in steps:
        if what == "take":
            waiting[asyncio.create_task(take(number))] = number
            await settled()
        for part in what.split(", "):
            if part == "cancel" and waiting:
                [*waiting][number % len(waiting)].cancel()
            if part == "end" and inside:
                inside.pop(number % len(inside))
                fair.give_back()
        await see()
    users = Counter(waiting.values())
    turns: list[int] = []
    while inside:
        before = [*inside]
        before.pop(0)
        inside.pop(0)
        fair.give_back()
        await see()
        turns += inside[len(before) :]
    # Until the last of a user's has its turn, nobody else gets two more than them.
    for user, count in users.items():
        for other in users:
            last = len(turns) - 1 - turns[::-1].index(user)
            assert turns[: last + 1].count(other) <= count + 1
