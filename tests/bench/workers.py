"""Lets processes ask a system at the same moment, and measures the system meanwhile."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.bench.load import Outcome, Task
from tests.bench.processes import Processes, used_between

ROOT = Path(__file__).parents[2]
_PATIENCE = 300.0


@dataclass(frozen=True)
class Measured:
    """What the readers saw, and what the system's parts used meanwhile."""

    outcome: Outcome
    cpu_seconds: dict[str, float]


async def measured(task: Task, processes: Processes | None, workers: int) -> Measured:
    """Run the task, split over processes, and count what the system uses for it."""
    async with AsyncExitStack() as stack:
        parts = _split(task, workers)
        running = [await stack.enter_async_context(_ready(part)) for part in parts]
        async with asyncio.timeout(_PATIENCE):
            before = processes.cpu_seconds() if processes else {}
            outcomes = await asyncio.gather(*map(_outcome, running))
            after = processes.cpu_seconds() if processes else {}
    return Measured(_together(outcomes), used_between(before, after))


def _split(task: Task, workers: int) -> list[Task]:
    workers = min(workers, task.readers)
    return [
        replace(
            task,
            readers=_share(task.readers, number, workers),
            replies=_share(task.replies, number, workers),
        )
        for number in range(workers)
    ]


def _share(whole: int, number: int, parts: int) -> int:
    return whole // parts + (number < whole % parts)


@asynccontextmanager
async def _ready(task: Task) -> AsyncIterator[Process]:
    """Start a process, wait until it could ask at once, and see it end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.load",
        json.dumps(asdict(task)),
        stdin=PIPE,
        stdout=PIPE,
        limit=64 * 1024 * 1024,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'gen/python'}"},
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            if await _line(process) != "ready":
                raise RuntimeError("a process that was to ask could not begin")
            yield process
            await process.wait()
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise


async def _outcome(process: Process) -> Outcome:
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    return Outcome(**json.loads(await _line(process)))


async def _line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(
        right=sum(outcome.right for outcome in outcomes),
        wrong=sum(outcome.wrong for outcome in outcomes),
        pieces=sum(outcome.pieces for outcome in outcomes),
        seconds=max(outcome.seconds for outcome in outcomes),
        first=[first for outcome in outcomes for first in outcome.first],
        whole=[whole for outcome in outcomes for whole in outcome.whole],
        faults=[fault for outcome in outcomes for fault in outcome.faults],
    )
