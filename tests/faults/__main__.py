"""
Try the faults as often as docs/faults.md says, and write there what came of it.

    python -m tests.faults --full
    python -m tests.faults --only F01 F03 --runs 20 --seed 7
"""

import argparse
import asyncio
import logging
import sys
from random import Random, SystemRandom
from time import monotonic

from tests.faults.faults import FAULTS
from tests.faults.findings import Fault
from tests.faults.report import commit, record, row
from tests.faults.system import hurtable


async def tried(fault: Fault, runs: int, seed: int) -> int:
    """Try one fault on a system of its own; return how many promises it broke."""
    say(f"{fault.number} {fault.stimulus}: {runs:,} runs, seed {seed}")
    measured, began = commit(), monotonic()
    async with hurtable() as system:
        findings = await fault.hurt(system, runs, Random(seed))  # noqa: S311
    say(f"  {'; '.join(findings.figures)} ({monotonic() - began:.0f} s)")
    for violation in findings.violations:
        say(f"  BROKEN {violation}")
    record(row(fault, findings, seed=seed, commit=measured))
    return len(findings.violations)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> int:
    """Try what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--full", action="store_true", help="as often as the page says")
    parser.add_argument("--only", nargs="+", metavar="F01", help="these faults alone")
    parser.add_argument("--runs", type=int, help="instead of each fault's own number")
    parser.add_argument("--seed", type=int, help="do the same again")
    given = parser.parse_args()
    # The scripted model's callers are killed: that it complains is no news.
    logging.getLogger("aiohttp.server").disabled = True
    seed = SystemRandom().randrange(10**6) if given.seed is None else given.seed
    broken = 0
    for fault in FAULTS:
        if given.only is None or fault.number in given.only:
            runs = given.runs or (fault.full if given.full else fault.short)
            broken += await tried(fault, runs, seed)
    return broken


if __name__ == "__main__":
    sys.exit(bool(asyncio.run(main())))
