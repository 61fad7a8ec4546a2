"""What a stream costs on which nothing happens."""

import asyncio
import json
import os
import resource
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass

import psutil

from tests.bench.alone.idle_client import Holding, Kind
from tests.bench.parley import ROOT, STATE, parley
from tests.bench.processes import Processes, used_between
from tests.bench.results import Figure
from tests.bench.rounds import Tell
from tests.bench.systems import System, upstream

WANTED = 10_000
GOAL_KIB = 60.0
PARTS = ("envoy", "chat")  # what holds a stream, whose memory grows with them
CLIENTS = 2
WARMING = 20  # few, for the others take what they leave
OPENING_SECONDS = 180.0
SAMPLES = 12
SAMPLE_SECONDS = 3.0  # all of them see every stream say twice that it lives
# What a client needs of memory for a stream, with room.
CLIENT_BYTES = 100 * 1024
TITLES: Mapping[Kind, str] = {
    "watchers": "devices that watch for changes",
    "readers": "readers of replies that hardly go on",
}


@dataclass(frozen=True, kw_only=True)
class Held:
    """What streams cost, by part: bytes for all of them, and seconds a second."""

    memory: Mapping[str, int]  # when they have been idle for a while
    most: Mapping[str, int]  # from when they were opened
    cpu: Mapping[str, float]


async def idle(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Open many streams, and see what they cost at the edge and in chat."""
    streams = 500 if quick else room(WANTED)
    for kind in TITLES:
        async with upstream() as model, parley(model.url) as system:
            held = await measured(system, kind, streams, tell)
        for each in figures(kind, held, streams):
            yield each


def room(wanted: int) -> int:
    """Return how many streams fit in this machine's memory and limits."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    memory = psutil.virtual_memory().available
    return min(wanted, files * 50, int(memory / 2 / CLIENT_BYTES))


def figures(kind: Kind, held: Held, streams: int) -> list[Figure]:
    """Say what one stream costs."""
    title, of = TITLES[kind], f"{streams:,} streams"
    each = {part: held.memory[part] / streams / 1024 for part in PARTS}
    most = sum(held.most.values()) / streams / 1024

    def kib(at: str, value: float, goal: float | None = None) -> Figure:
        return Figure(
            kind="idle", what=title, at=at, value=value, unit="KiB", of=of, goal=goal
        )

    return [
        *(kib(part, value) for part, value in each.items()),
        kib("both", sum(each.values()), GOAL_KIB),
        kib("both, at the most while they were opened", most),
        Figure(
            kind="idle",
            what=title,
            at="CPU of all parts, for signs of life",
            value=sum(held.cpu.values()) * 100,
            unit="% of a core",
            of=of,
        ),
    ]


async def measured(system: System, kind: Kind, streams: int, tell: Tell) -> Held:
    """Read the memory without the streams, and the most of it with them."""
    processes = system.processes
    assert processes
    # What is loaded or made for the first stream is not what a stream costs.
    async with holding(system, kind, WARMING):
        pass
    before = processes.memory("pss")
    async with AsyncExitStack() as stack:
        for number in range(CLIENTS):
            tell(f"idle: opening {kind}, process {number + 1} of {CLIENTS}")
            await stack.enter_async_context(holding(system, kind, streams // CLIENTS))
        tell(f"idle: {streams:,} {kind} are open")
        most, now, cpu = await watched(processes)
    return Held(
        memory={part: now[part] - before[part] for part in PARTS},
        most={part: most[part] - before[part] for part in PARTS},
        cpu=cpu,
    )


async def watched(
    processes: Processes,
) -> tuple[Counter[str], Mapping[str, int], Mapping[str, float]]:
    """Return the most memory in a while, that at the end, and CPU time for a second."""
    most: Counter[str] = Counter()
    loop = asyncio.get_running_loop()
    began, before = loop.time(), processes.cpu_seconds()
    for _ in range(SAMPLES):
        now = await asyncio.to_thread(processes.memory, "pss")
        most |= Counter(now)
        await asyncio.sleep(SAMPLE_SECONDS)
    seconds = loop.time() - began
    used = used_between(before, processes.cpu_seconds())
    return most, now, {part: spent / seconds for part, spent in used.items()}


@asynccontextmanager
async def holding(system: System, kind: Kind, streams: int) -> AsyncIterator[None]:
    """Have a process hold streams while the block runs."""
    task = Holding(kind=kind, target=system.url, state=str(STATE), streams=streams)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.alone.idle_client",
        json.dumps(asdict(task)),
        stdin=PIPE,
        stdout=PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'gen/python'}"},
    )
    assert process.stdin
    assert process.stdout
    try:
        async with asyncio.timeout(OPENING_SECONDS):
            if await process.stdout.readline() != b"ready\n":
                raise RuntimeError("the streams could not be opened")
        yield
        process.stdin.close()
        if await process.wait():
            raise RuntimeError("a stream ended while it was to be held")
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise
