"""Measures Parley, and peers beside it: `python -m tests.bench`, or `make bench`."""

import argparse
import asyncio
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.bench import peers
from tests.bench.alone.kinds import ALONE
from tests.bench.machine import busy, machine, versions
from tests.bench.markdown import document
from tests.bench.measuring import STARTING, measure
from tests.bench.peers.running import installed
from tests.bench.progress import Steps
from tests.bench.results import Results, read
from tests.bench.scenarios import KINDS
from tests.bench.summary import OURS
from tests.bench.table import show

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".cache" / "bench"
WHOLE = KEPT / "latest.json"
PAGE = ROOT / "docs" / "benchmarks.md"
ALL = (*KINDS, *ALONE)


def begun(given: argparse.Namespace) -> Results:
    """Begin a run, or the last whole one anew in some kinds."""
    if given.again:
        kept = read(WHOLE)
        kept.forget(given.only)
        kept.notes.append(f"measured anew since then: {', '.join(given.only)}")
        return kept
    results = Results(
        when=datetime.now(UTC).isoformat(timespec="minutes"),
        quick=given.quick,
        machine=machine(),
        versions=versions(Path(peers.__file__).parent),
    )
    missing = [name for name in given.systems if name != OURS and not installed(name)]
    results.notes += [f"{name} was not installed" for name in missing]
    return results


def file_of(given: argparse.Namespace) -> Path:
    """Say where a run is kept: only a whole one takes the place of a whole one."""
    if given.quick:
        return KEPT / "quick.json"
    return WHOLE if given.again or whole(given) else KEPT / "part.json"


def whole(given: argparse.Namespace) -> bool:
    """Tell whether everything is to be measured."""
    return bool(given.only == list(ALL) and given.systems == list(STARTING))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run, < 7 minutes")
    parser.add_argument(
        "--only", metavar="KIND,…", help=f"of {', '.join(ALL)} (default: all)"
    )
    parser.add_argument(
        "--systems", metavar="NAME,…", help=f"of {', '.join(STARTING)} (default: all)"
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="put what --only measures into the last whole run, and its page",
    )
    parser.add_argument(
        "--page", action="store_true", help=f"only write {PAGE.name} from the last run"
    )
    given = parser.parse_args()
    given.only = given.only.split(",") if given.only else list(ALL)
    given.systems = given.systems.split(",") if given.systems else list(STARTING)
    for name in {*given.only} - {*ALL} | {*given.systems} - {*STARTING}:
        parser.error(f"there is no {name!r}")
    if given.again and (given.quick or not WHOLE.exists()):
        parser.error("--again needs a whole run before it, and is not --quick")
    return given


def main() -> int:
    """Measure, show, keep; a whole run also writes the page."""
    given = arguments()
    console = Console()
    if not console.is_terminal:
        console.width = 110
    if given.page:
        PAGE.write_text(document(read(WHOLE)))
        return 0
    if busy() > 0.25:
        console.print("[yellow]The machine is busy; expect figures to move.[/]")
    # The scripted model's callers are killed: that it complains is no news.
    logging.getLogger("aiohttp.server").disabled = True
    results, file = begun(given), file_of(given)
    kinds = ("start", *(kind for kind in ALL if kind in given.only))
    with Steps.shown(console, kinds, quick=given.quick) as steps:
        measured = measure(results, kinds, given.systems, file=file, steps=steps)
        broken = asyncio.run(measured)
    show(results, console)
    for problem in broken:
        console.print(f"[red]{problem}[/]")
    console.print(f"Kept in {file.relative_to(ROOT)}.")
    if file == WHOLE:
        PAGE.write_text(document(results))
        console.print(f"Written: {PAGE.relative_to(ROOT)}.")
    return len(broken)


if __name__ == "__main__":
    sys.exit(main())
