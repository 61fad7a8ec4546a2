"""Whether a token costs the same in short and long replies, early and late."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import grpc

from tests.bench.alone.figures import dearest
from tests.bench.alone.histories import History, histories
from tests.bench.alone.people import People
from tests.bench.load import Task
from tests.bench.parley import STATE, parley
from tests.bench.results import Figure
from tests.bench.rounds import Tell
from tests.bench.systems import System, Upstream, upstream
from tests.bench.workers import measured

READERS = 2
# How a model writes, and how many read it.
PACE, PACED_READERS = 0.02, 32
GOAL = 1.3
REPLY = "a token in bursts, by the reply's length"
CONVERSATION = "a token in bursts, by the conversation's length"
PACED = "a token as models write, by the conversation's length"


@dataclass(frozen=True, kw_only=True)
class Size:
    """Replies of so many tokens, each in a conversation of its own or after these."""

    title: str
    tokens: int
    replies: int
    after: Sequence[History] = ()
    delay: float = 0.0
    readers: int = READERS


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A system, the model that it asks, and who may be a user of it."""

    system: System
    model: Upstream
    people: People
    rounds: int
    tell: Tell

    async def costs(self, sizes: Sequence[Size]) -> Mapping[str, float]:
        """Return the CPU time of a token for each size, the median of the rounds."""
        costs: defaultdict[str, list[float]] = defaultdict(list)
        for number in range(self.rounds + 1):  # the first warms up
            turn = f"round {number} of {self.rounds}"
            for size in sizes:
                self.tell(f"length: {size.title}, {turn}")
                cost = await self._cost(size)
                if number:
                    costs[size.title].append(cost)
        return {title: median(found) for title, found in costs.items()}

    async def _cost(self, size: Size) -> float:
        """Return the seconds of CPU time that all parts spend on one token."""
        await self.model.follow(size.tokens, size.delay)
        task = Task(
            protocol="parley",
            url=self.system.url,
            readers=size.readers,
            replies=size.replies,
            tokens=size.tokens,
            ramp=min(1.0, size.delay * size.tokens / 2),
            places=tuple(
                (each.conversation, each.last, self.people.token(each.user))
                for each in size.after
            ),
        )
        seen = await measured(task, self.system.processes, workers=1)
        if seen.outcome.wrong:
            raise RuntimeError(f"{size.title}: {seen.outcome.faults}")
        return sum(seen.cpu_seconds.values()) / (size.replies * size.tokens)


async def length(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Measure the CPU time of a token in replies and conversations of every length."""
    rounds = 1 if quick else 3
    of = f"{rounds} rounds"
    async with upstream() as model, parley(model.url) as system:
        bench = Bench(
            system=system, model=model, people=People(STATE), rounds=rounds, tell=tell
        )
        for each in figures(REPLY, await bench.costs(replies(quick=quick)), of):
            yield each
        sizes = await conversations(bench, quick=quick)
        for each in figures(CONVERSATION, await bench.costs(sizes), of):
            yield each
        once = replace(bench, rounds=1)
        costs = await once.costs([paced(size, quick=quick) for size in sizes])
        for each in figures(PACED, costs, f"{2 * PACED_READERS} replies"):
            yield each


def replies(*, quick: bool) -> list[Size]:
    """As many tokens each time, in replies of 100 to 100,000."""
    lengths = (100, 1_000) if quick else (100, 1_000, 10_000, 100_000)
    whole = READERS * lengths[-1]
    return [
        Size(title=f"{tokens:,} tokens", tokens=tokens, replies=whole // tokens)
        for tokens in lengths
    ]


async def conversations(bench: Bench, *, quick: bool) -> list[Size]:
    """As many replies each time, in conversations of 2 to 2,000 messages."""
    lengths = (2, 20) if quick else (2, 20, 200, 2_000)
    sizes = []
    async with grpc.aio.insecure_channel(bench.system.url) as channel:
        for messages in lengths:
            title = f"{messages:,} messages"
            bench.tell(f"length: importing conversations of {title}")
            after = await histories(channel, bench.people, messages, count=READERS)
            replies = 20 if quick else 400
            sizes.append(Size(title=title, tokens=200, replies=replies, after=after))
    return sizes


def paced(size: Size, *, quick: bool) -> Size:
    """Have more readers ask, and the model write at its pace."""
    return replace(
        size,
        tokens=50 if quick else size.tokens,
        replies=2 * PACED_READERS,
        readers=PACED_READERS,
        delay=PACE,
    )


def figures(what: str, costs: Mapping[str, float], of: str) -> list[Figure]:
    """Say what a token costs at each length, and how far apart that is."""
    return [
        *(
            Figure(
                kind="length", what=what, at=title, value=cost * 1e6, unit="µs", of=of
            )
            for title, cost in costs.items()
        ),
        Figure(
            kind="length",
            what=what,
            at="the longest over the cheapest",
            value=[*costs.values()][-1] / min(costs.values()),
            unit="x",
            of=of,
            goal=GOAL,
        ),
        dearest("length", what, list(costs.values()), of=of, goal=GOAL),
    ]
