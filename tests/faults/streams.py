"""Providers of models break off, babble, or never come to an end."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random
from time import monotonic

import psutil

from tests.doubles.openai_server import serving
from tests.doubles.script import MALFORMED, Script, words
from tests.doubles.upstream import Upstream
from tests.faults.findings import Findings
from tests.faults.llms import Llm, end_of, llm, provider
from tests.faults.system import System

STALL_SECONDS = 3.0
ANSWER_SECONDS = 6.0
LATE_SECONDS = 5.0  # on a busy machine; what is not given up takes 30
GROWTH_MIB = 20.0
AT_ONCE = 10
MIB = 1024 * 1024
WELL = "well"
WORDS = words(3)
BROKEN = "MODEL_PROTOCOL"
STALLED = "MODEL_STALLED"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a stream goes wrong once it has begun, and what its callers are told."""

    name: str
    script: Script
    reason: str
    seconds: float = STALL_SECONDS  # within which they are told


WAYS: Sequence[Way] = (
    Way(
        name="cut",
        script=Script(tokens=words(20), delay=0.002, cut_after=5),
        reason=BROKEN,
    ),
    Way(
        name="no-json",
        script=Script(insert_after=3, insert=MALFORMED),
        reason=BROKEN,
    ),
    Way(
        name="wrong-json",
        script=Script(insert_after=3, insert=b'data: {"choices": 7}\n\n'),
        reason=BROKEN,
    ),
    Way(
        name="huge-token",
        script=Script(tokens=(*WORDS, "x" * 10_000_000)),
        reason=BROKEN,
    ),
    Way(name="slow", script=Script(tokens=WORDS, delay=30), reason=STALLED),
    Way(
        name="endless",
        script=Script(tokens=words(10_000), delay=0.001),
        reason=STALLED,
        seconds=ANSWER_SECONDS,
    ),
)


async def break_streams(system: System, runs: int, random: Random) -> Findings:
    """F17: streams go wrong in each way, `runs` times; another model answers on."""
    findings = Findings()
    async with AsyncExitStack() as stack:
        served = {way.name: await served_by(stack, way.script) for way in WAYS}
        served[WELL] = await served_by(stack, Script(tokens=words(5)))
        catalogue = {
            "providers": [provider(name, up.url) for name, up in served.items()],
            "models": [
                {"id": name, "provider": name, "upstream": "any"} for name in served
            ],
        }
        asked = await stack.enter_async_context(
            llm(
                system,
                catalogue,
                LLM_STALL_SECONDS=str(STALL_SECONDS),
                LLM_ANSWER_SECONDS=str(ANSWER_SECONDS),
            )
        )
        process = psutil.Process(asked.process.pid)
        await go_wrong(asked, AT_ONCE, Findings())  # what it needs once and for all
        before = process.memory_info().rss
        over = await go_wrong(asked, runs, findings)
        grown = (process.memory_info().rss - before) / MIB
        for way in WAYS:
            if way.reason == STALLED:
                await served[way.name].disconnected(runs + AT_ONCE)
    if over > LATE_SECONDS:
        findings.violations.append(f"told {over:.1f} s late")
    if grown > GROWTH_MIB:
        findings.violations.append(f"grown by {grown:.1f} MiB")
    findings.figures = [
        f"{len(WAYS)} ways, {runs:,} streams each, and a good model beside them",
        f"told at most {max(over, 0) * 1000:,.0f} ms after the time there is",
        f"llm grown by {max(grown, 0):.1f} MiB",
    ]
    return findings


async def served_by(stack: AsyncExitStack, script: Script) -> Upstream:
    """Run a scripted model until the stack ends."""
    return await stack.enter_async_context(serving(script))


async def go_wrong(asked: Llm, runs: int, findings: Findings) -> float:
    """Ask for every kind of stream; return by how many seconds any was late."""
    turns = {way.name: asyncio.Semaphore(AT_ONCE) for way in WAYS}

    async def ask(way: Way) -> float:
        async with turns[way.name]:
            began = monotonic()
            wrong, well = await asyncio.gather(asked.ask(way.name), asked.ask(WELL))
            took = monotonic() - began
        findings.add(
            [
                f"{name}: {end}"
                for name, end, right in (
                    (way.name, end_of(wrong), way.reason),
                    (WELL, end_of(well), "completed"),
                )
                if end != right
            ]
        )
        return took - way.seconds

    return max(await asyncio.gather(*(ask(way) for way in WAYS for _ in range(runs))))
