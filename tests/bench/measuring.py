"""Starts what is measured, measures it, and stops it."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench import rounds
from tests.bench.alone.kinds import ALONE
from tests.bench.parley import parley
from tests.bench.peers.running import installed, langchain, litellm
from tests.bench.progress import Steps
from tests.bench.results import Results
from tests.bench.scenarios import KINDS, chosen, memory
from tests.bench.summary import OURS
from tests.bench.systems import System, Upstream, upstream

STARTING = {OURS: parley, "litellm": litellm, "langchain": langchain}


async def measure(
    results: Results,
    kinds: Sequence[str],
    names: Sequence[str],
    *,
    file: Path,
    steps: Steps,
) -> list[str]:
    """Add what is found to the results, and keep them; return what went wrong."""
    if {*kinds} & {*KINDS}:
        await compare(results, kinds, names, file=file, steps=steps)
    broken = []
    for kind in kinds:
        if kind not in ALONE:
            continue
        steps.begin(kind)
        try:
            async for figure in ALONE[kind](quick=results.quick, tell=steps.tell):
                results.figures.append(figure)
        except Exception as error:  # the others are worth having all the same
            broken.append(f"{kind} was not measured: {type(error).__name__}: {error}")
            results.notes.append(broken[-1])
        results.write(file)
    return broken


async def compare(
    results: Results,
    kinds: Sequence[str],
    names: Sequence[str],
    *,
    file: Path,
    steps: Steps,
) -> None:
    """Measure Parley beside its peers."""
    async with AsyncExitStack() as stack:
        steps.begin("start")
        steps.tell("Starting the scripted model …")
        model = await stack.enter_async_context(upstream())
        systems: Sequence[System] = ()
        for name in names:
            if name == OURS or installed(name):
                steps.tell(f"Starting {name} …")
                started = STARTING[name](model.url)
                systems = [*systems, await stack.enter_async_context(started)]
        at_rest = rounds.idle(systems)
        for kind in (kind for kind in KINDS if kind in kinds):
            steps.begin(kind)
            systems = await run(results, kind, systems, model, tell=steps.tell)
            results.write(file)
        if "memory" in kinds:
            load = memory(quick=results.quick)
            for system in systems:
                if processes := system.processes:
                    seen = await rounds.loaded(
                        load,
                        system,
                        processes,
                        model,
                        before=at_rest[system.name],
                        tell=steps.tell,
                    )
                    results.memory.append(seen)
            results.write(file)


async def run(
    results: Results,
    kind: str,
    systems: Sequence[System],
    model: Upstream,
    *,
    tell: rounds.Tell,
) -> Sequence[System]:
    """Run the scenarios of a kind; return the systems that have survived."""
    for scenario in chosen([kind], quick=results.quick):
        # Only the time to the first token is compared with the upstream's own.
        direct = [model.system] if scenario.kind == "first-token" else []
        try:
            async for found in rounds.run(scenario, [*direct, *systems], model, tell):
                results.rounds.append(found)
        except rounds.Died as died:
            if died.system.name == OURS:
                raise
            # What was measured of it stays; the others go on without it.
            results.notes.append(f"{died}, and was left out from there on")
            systems = [system for system in systems if system != died.system]
    return systems
