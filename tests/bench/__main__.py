"""Measures Parley beside its peers: `python -m tests.bench`, or `make bench`."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.bench import peers, rounds
from tests.bench.machine import busy, machine, versions
from tests.bench.markdown import document
from tests.bench.parley import parley
from tests.bench.peers.running import installed, langchain, litellm
from tests.bench.results import Results, read
from tests.bench.scenarios import KINDS, Kind, chosen, memory
from tests.bench.summary import OURS
from tests.bench.systems import System, Upstream, upstream
from tests.bench.table import show

ROOT = Path(__file__).parents[2]
JSON = ROOT / ".cache" / "bench" / "latest.json"
PAGE = ROOT / "docs" / "benchmarks.md"
STARTING = {OURS: parley, "litellm": litellm, "langchain": langchain}


async def measure(
    kinds: Sequence[Kind], names: Sequence[str], *, quick: bool, console: Console
) -> Results:
    """Start everything, measure it, stop it."""
    results = Results(
        when=datetime.now(UTC).isoformat(timespec="minutes"),
        quick=quick,
        machine=machine(),
        versions=versions(Path(peers.__file__).parent),
    )
    missing = [name for name in names if name != OURS and not installed(name)]
    results.notes += [f"{name} was not installed" for name in missing]
    if busy() > 0.25:
        console.print("[yellow]The machine is busy; expect figures to move.[/]")
    for name in missing:
        console.print(f"[yellow]{name} is not installed: `make bench-peers` does it[/]")
    async with AsyncExitStack() as stack:
        status = stack.enter_context(console.status("Starting the scripted model …"))
        model = await stack.enter_async_context(upstream())
        systems = []
        for name in names:
            if name not in missing:
                status.update(f"Starting {name} …")
                started = STARTING[name](model.url)
                systems.append(await stack.enter_async_context(started))
        await _measured(results, kinds, systems, model, tell=status.update)
    return results


async def _measured(
    results: Results,
    kinds: Sequence[Kind],
    systems: Sequence[System],
    model: Upstream,
    *,
    tell: rounds.Tell,
) -> None:
    at_rest = rounds.idle(systems)
    for scenario in chosen(kinds, quick=results.quick):
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
        results.write(JSON)
    if "memory" in kinds:
        load = memory(quick=results.quick)
        for system in systems:
            if processes := system.processes:
                before = at_rest[system.name]
                seen = await rounds.loaded(
                    load, system, processes, model, before=before, tell=tell
                )
                results.memory.append(seen)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute's smoke run")
    parser.add_argument(
        "--only", metavar="KIND,…", help=f"of {', '.join(KINDS)} (default: all)"
    )
    parser.add_argument(
        "--systems", metavar="NAME,…", help=f"of {', '.join(STARTING)} (default: all)"
    )
    parser.add_argument(
        "--page", action="store_true", help=f"only write {PAGE.name} from the last run"
    )
    given = parser.parse_args()
    given.only = given.only.split(",") if given.only else list(KINDS)
    given.systems = given.systems.split(",") if given.systems else list(STARTING)
    for name in {*given.only} - {*KINDS} | {*given.systems} - {*STARTING}:
        parser.error(f"there is no {name!r}")
    return given


def main() -> None:
    """Measure, show, keep; a whole run also writes the page."""
    given = arguments()
    console = Console()
    if not console.is_terminal:
        console.width = 110
    if given.page:
        PAGE.write_text(document(read(JSON)))
        return
    results = asyncio.run(
        measure(given.only, given.systems, quick=given.quick, console=console)
    )
    results.write(JSON)
    show(results, console)
    console.print(f"Kept in {JSON.relative_to(ROOT)}.")
    if not given.quick and given.only == list(KINDS):
        PAGE.write_text(document(results))
        console.print(f"Written: {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
