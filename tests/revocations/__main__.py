"""
Measure how long it takes until everybody refuses what was revoked.

`python -m tests.revocations --tries 20` prints the tables of docs/security.md.
"""

import argparse
import asyncio

from tests.revocations.measuring import (
    Hurt,
    auth_killed,
    measure,
    nothing,
    redis_frozen,
)
from tests.stack import running

SITUATIONS: dict[str, Hurt] = {
    "everything is well": nothing,
    "Redis is frozen": redis_frozen,
    "one of two replicas of auth is killed just before": auth_killed,
}


async def main(tries: int) -> None:
    """Print a table for each situation."""
    async with running(REPLICAS="2") as stack:
        for name, hurt in SITUATIONS.items():
            print(f"\n| {name}, {tries} tries | p50 | max |\n|---|--:|--:|")  # noqa: T201
            for times in await measure(stack, tries, hurt):
                row = f"{times.middle * 1000:.0f} ms | {times.worst * 1000:.0f} ms"
                print(f"| {times.door} | {row} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=20)
    asyncio.run(main(parser.parse_args().tries))
