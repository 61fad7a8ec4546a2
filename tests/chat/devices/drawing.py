"""What steps there are, and how often."""

from typing import Any, Protocol

from hypothesis import strategies as st

from parley.chat.v1 import message_pb2 as message_pb
from tests.chat.devices import asking, steps
from tests.chat.devices.table import Table


class Step(Protocol):
    """Something that happens."""

    async def play(self, table: Table) -> None:
        """Do it, and check what it is answered with."""


SCRIPTS = (
    "scripted-12x0ms",
    "scripted-40x5ms",
    "scripted-60x3ms-stall20",
    "scripted-60x3ms-stall20",
    "scripted-20x2ms-cut8",
    "scripted-5x0ms-status503",
    "scripted-1100x0ms",
)

picks = st.integers(0, 7)
ask: dict[str, st.SearchStrategy[Any]] = {
    "device": picks,
    "script": st.sampled_from(SCRIPTS),
    "how": st.sampled_from(["once", "once", "once", "twice", "twice", "dying"]),
    "delay": st.integers(0, 12),
}
sends = st.builds(
    asking.Send,
    **ask,
    conversation=picks,
    after=st.none() | st.none() | picks,
    queue=st.booleans(),
    siblings=st.sampled_from([0, 0, 1]),
)
edits = st.builds(asking.Edit, **ask, pick=picks)
regenerations = st.builds(asking.Regenerate, **ask, pick=picks)
continuations = st.builds(asking.Continue, **ask, pick=picks)
again = st.builds(asking.Again, device=picks, pick=picks, other=st.booleans())
stops = st.builds(
    steps.Stop,
    device=picks,
    pick=st.integers(0, 3),
    back=st.none() | st.integers(0, 30),
    twice=st.booleans(),
)
resumes = st.builds(
    steps.Resume, device=picks, pick=picks, back=st.integers(0, 30) | st.just(1 << 21)
)
looks = st.builds(
    steps.See, device=picks, pick=st.integers(0, 3), characters=st.integers(1, 60)
)
ends = st.builds(
    steps.End, replica=st.integers(0, 1), how=st.sampled_from(["kill", "terminate"])
)
rates = st.builds(
    steps.Rate,
    device=picks,
    pick=picks,
    score=st.sampled_from([message_pb.Rating.SCORE_GOOD, message_pb.Rating.SCORE_BAD]),
)
# How often each comes, among all of them.
WEIGHTS: dict[int, list[st.SearchStrategy[Any]]] = {
    8: [sends],
    3: [stops],
    2: [edits, regenerations, continuations, again, resumes, looks],
    1: [
        ends,
        rates,
        st.builds(steps.Create, device=picks),
        st.builds(steps.Cut, device=picks),
        st.builds(steps.Delete, device=picks, conversation=picks),
        st.builds(steps.Pry, device=picks, conversation=picks),
        st.builds(steps.Redis, how=st.sampled_from(["kill", "forget"])),
        st.builds(steps.Release),
        st.builds(steps.Start),
    ],
}
WEIGHED = [
    strategy
    for weight, strategies in WEIGHTS.items()
    for strategy in strategies * weight
]
some_step: st.SearchStrategy[Step] = st.integers(0, len(WEIGHED) - 1).flatmap(
    lambda number: WEIGHED[number]
)
games = st.lists(some_step, min_size=25, max_size=35)
