"""Runs the scenarios round by round, the systems in turn: A B C, A B C, …"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import psutil

from tests.bench.load import Task
from tests.bench.processes import Processes
from tests.bench.results import Memory, Round
from tests.bench.scenarios import Scenario
from tests.bench.systems import System, Upstream
from tests.bench.workers import Measured, measured

Tell = Callable[[str], None]
_SAMPLE_EVERY = 0.5


class Died(Exception):
    """A system ended by itself, so there is nothing left to measure."""

    def __init__(self, system: System, scenario: Scenario) -> None:
        super().__init__(f"{system.name} died in {scenario.name}")
        self.system = system


async def run(
    scenario: Scenario, systems: Sequence[System], upstream: Upstream, tell: Tell
) -> AsyncIterator[Round]:
    """Warm every system up, then measure each once a round."""
    await upstream.follow(scenario.tokens, scenario.delay)
    replies = {}
    for system in systems:
        tell(f"{scenario.name}: warming up {system.name}")
        warm = await _measured(scenario, system, scenario.warming)
        _check(warm, scenario, system)
        replies[system.name] = scenario.replies(
            warm.outcome.right / warm.outcome.seconds
        )
    for number in range(scenario.rounds):
        for system in systems:
            turn = f"{number + 1} of {scenario.rounds}"
            tell(f"{scenario.name}: round {turn}, {system.name}")
            seen = await _measured(scenario, system, replies[system.name])
            yield _round(scenario, system, number, seen)


def _check(seen: Measured, scenario: Scenario, system: System) -> None:
    if not seen.outcome.right:
        faults = "; ".join(seen.outcome.faults)
        raise RuntimeError(f"{system.name} cannot do {scenario.name}: {faults}")


async def _measured(scenario: Scenario, system: System, replies: int) -> Measured:
    task = Task(
        protocol=system.protocol,
        url=system.url,
        readers=scenario.readers,
        replies=replies,
        tokens=scenario.tokens,
        ramp=scenario.ramp,
    )
    workers = 1 if task.readers < 16 else 2
    try:
        return await measured(task, system.processes, workers)
    except psutil.NoSuchProcess as error:
        raise Died(system, scenario) from error


def _round(scenario: Scenario, system: System, number: int, seen: Measured) -> Round:
    outcome = seen.outcome
    return Round(
        scenario=scenario.name,
        system=system.name,
        number=number,
        right=outcome.right,
        wrong=outcome.wrong,
        tokens_each=scenario.tokens,
        pieces=outcome.pieces,
        seconds=outcome.seconds,
        cpu_seconds=seen.cpu_seconds,
        first=outcome.first,
        whole=outcome.whole,
        faults=outcome.faults,
    )


def idle(systems: Sequence[System]) -> dict[str, Memory]:
    """Read the memory of systems that have not been asked anything yet."""
    return {
        system.name: Memory(
            system=system.name,
            idle=processes.memory("pss"),
            loaded={},
            idle_resident=processes.memory("rss"),
        )
        for system in systems
        if (processes := system.processes) is not None
    }


async def loaded(
    scenario: Scenario,
    system: System,
    processes: Processes,
    upstream: Upstream,
    *,
    before: Memory,
    tell: Tell,
) -> Memory:
    """Read the memory again and again under load; keep the most of each part."""
    tell(f"memory of {system.name} under load")
    await upstream.follow(scenario.tokens, scenario.delay)
    replies = scenario.readers * scenario.replies_each
    working = asyncio.create_task(_measured(scenario, system, replies))
    most: Counter[str] = Counter()
    while not working.done():
        most |= Counter(await asyncio.to_thread(processes.memory, "pss"))
        await asyncio.wait([working], timeout=_SAMPLE_EVERY)
    _check(await working, scenario, system)
    return replace(before, loaded=dict(most))
