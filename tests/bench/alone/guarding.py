"""What a token costs llm alone: bare, and with all guards before the provider."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import grpc
import psutil
import redis
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from deploy.local import redis as embedded_redis
from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from tests.bench.results import Figure
from tests.bench.rounds import Tell
from tests.bench.systems import Upstream, running, upstream

TOKENS, READERS = 200, 16
HOWS = ("bare", "guarded", "ruled")
GOAL_MICROS = 25.0  # for a token: 40,000 tokens a CPU-second
GOAL_RATIO = 1.1
BURST = "a token of llm alone, in bursts of 200"
PACED = "a token of llm alone, as models write"
PACE = 0.02
HIT = "an answer of 200 tokens from the cache"
TITLES = {
    "bare": "bare",
    "guarded": "with all guards but rules",
    "ruled": "with all guards and every rule",
}


@dataclass(frozen=True, kw_only=True)
class Process:
    """A running llm."""

    pid: int
    stub: pb_grpc.GenerationServiceAsyncStub
    metadata: tuple[tuple[str, str], ...]

    def cpu_seconds(self) -> float:
        """Return the time it has used."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    async def ask(self, text: str, *, cached: bool = False) -> None:
        """Read one answer, which has to be whole."""
        request = pb.GenerateRequest(
            turns=[answer_pb.Turn(role=answer_pb.ROLE_USER, text=text)],
            options=answer_pb.GenerationOptions(cached=cached),
        )
        call = self.stub.Generate(request, metadata=self.metadata)
        *_, last = [event async for event in call]
        if not last.HasField("completed"):
            raise RuntimeError(f"an answer ended with {last}")

    async def cost(self, answers: int, *, cached: bool = False) -> float:
        """Have many answers read by several readers; return the CPU time of one."""
        turns = iter(range(answers))

        async def reader() -> None:
            for number in turns:
                await self.ask("Hi" if cached else f"Tell me {number}", cached=cached)

        before = self.cpu_seconds()
        await asyncio.gather(*(reader() for _ in range(READERS)))
        return (self.cpu_seconds() - before) / answers


@asynccontextmanager
async def llm(how: str, model: Upstream, redis_url: str) -> AsyncIterator[Process]:
    """Run llm alone."""
    command = [sys.executable, "-m", "tests.bench.alone.llm_process"]
    async with running(
        [*command, how, model.url, redis_url], dict(os.environ), stdout=PIPE
    ) as process:
        assert process.stdout is not None
        address, token = (await process.stdout.readline()).decode().split()
        async with grpc.aio.insecure_channel(address) as channel:
            yield Process(
                pid=process.pid,
                stub=pb_grpc.GenerationServiceStub(channel),
                metadata=(("authorization", f"Bearer {token}"),),
            )


@asynccontextmanager
async def redis_running() -> AsyncIterator[str]:
    """Run an empty Redis."""
    with TemporaryDirectory(prefix="parley-") as folder:
        socket = Path(folder) / "redis.sock"
        command = embedded_redis.command(Path(folder) / "data", socket)
        async with running(command, dict(os.environ)):
            url = embedded_redis.url(socket)
            await asyncio.to_thread(answering, url)
            yield url


@retry(
    retry=retry_if_exception_type(redis.ConnectionError),
    stop=stop_after_delay(20),
    wait=wait_fixed(0.05),
)
def answering(url: str) -> None:
    """Wait until Redis answers."""
    with redis.Redis.from_url(url) as client:
        client.ping()


async def guards(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Measure llm bare and guarded in turn, and what a hit of the cache costs."""
    rounds, answers = (2, 200) if quick else (7, 1_000)
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(upstream())
        redis_url = await stack.enter_async_context(redis_running())
        llms = {
            how: await stack.enter_async_context(llm(how, model, redis_url))
            for how in HOWS
        }
        await model.follow(TOKENS, 0)
        tell("guards: bursts")
        burst = await compared(llms, rounds, answers)
        for each in figures(BURST, burst, answers, goal=GOAL_MICROS):
            yield each
        await model.follow(TOKENS // 4, PACE)
        tell("guards: as models write")
        paced = await compared(llms, max(1, rounds // 2), 64)
        for each in figures(PACED, paced, 64, tokens=TOKENS // 4):
            yield each
        await model.follow(TOKENS, 0)
        tell("guards: the cache")
        guarded = llms["guarded"]
        await guarded.ask("Hi", cached=True)
        hits = [await guarded.cost(answers, cached=True) for _ in range(rounds)]
        of = f"{rounds} rounds of {answers} answers"
        yield figure(HIT, "CPU time of llm", median(hits) * 1e6, "µs", of)
        ratio = median(hits) / median(burst["guarded"])
        yield figure(HIT, "over asking the model", ratio, "x", of)


async def compared(
    llms: Mapping[str, Process], rounds: int, answers: int
) -> Mapping[str, list[float]]:
    """Return what an answer costs each, round by round; the first warms up."""
    costs: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for how, process in llms.items():
            cost = await process.cost(answers)
            if number:
                costs[how].append(cost)
    return costs


def figures(
    what: str,
    costs: Mapping[str, list[float]],
    answers: int,
    *,
    tokens: int = TOKENS,
    goal: float | None = None,
) -> list[Figure]:
    """Say what a token costs each, and the ratios within the rounds."""
    of = f"{len(costs['bare'])} rounds of {answers} answers"
    made = [
        figure(
            what,
            TITLES[how],
            median(found) / tokens * 1e6,
            "µs",
            of,
            goal=goal if how == "bare" else None,
        )
        for how, found in costs.items()
    ]
    for how in HOWS[1:]:
        ratios = [a / b for a, b in zip(costs[how], costs["bare"], strict=True)]
        title = f"{TITLES[how]}, over bare"
        made.append(figure(what, title, median(ratios), "x", of, goal=GOAL_RATIO))
    return made


def figure(
    what: str, at: str, value: float, unit: str, of: str, goal: float | None = None
) -> Figure:
    """Say one thing that was measured."""
    return Figure(
        kind="guards", what=what, at=at, value=value, unit=unit, of=of, goal=goal
    )
