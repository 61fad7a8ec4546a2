"""Providers of models refuse, fail, cannot be reached, or are away for a while."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from time import monotonic

from deploy.local.ports import free_port
from parley.llm.v1 import generation_pb2 as answer_pb
from tests.doubles.openai_server import serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.faults.findings import Findings
from tests.faults.llms import Llm, end_of, llm, provider
from tests.faults.system import System

AMPLIFICATION = 1.2
RECOVERY_SECONDS = 10.0
RATE = 200  # questions a second
SPARE = "spare"
WELL = Script(tokens=words(5))
NOBODY_LISTENS = "http://127.0.0.1:9/v1"  # the discard port
NO_HOST = "http://no-such-host.invalid/v1"
ATTEMPTS = "gen_ai_client_operation_duration_seconds_count"
OWN = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "PARLEY_MODEL", "LLM_LISTEN_ADDRESS")
COMPLETED = "completed"
Load = Callable[["Llm", float], Awaitable[int]]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What a provider does, and what its callers are told."""

    name: str
    reason: str
    url: str
    upstream: str = "scripted"


def troubles(url: str) -> Sequence[Trouble]:
    """Name all that F16 tries; statuses come from a scripted model at this URL."""
    down, limited = "MODEL_UNAVAILABLE", "MODEL_RATE_LIMITED"
    statuses = (("429", limited), ("429-retry1", limited), ("500", down), ("503", down))
    return [
        *(
            Trouble(
                name=f"status-{status}",
                reason=reason,
                url=url,
                upstream=f"scripted-5x0ms-status{status}",
            )
            for status, reason in statuses
        ),
        Trouble(name="refused", reason=down, url=NOBODY_LISTENS),
        Trouble(name="dns", reason=down, url=NO_HOST),
        # A server that speaks no TLS.
        Trouble(name="tls", reason=down, url=url.replace("http:", "https:")),
    ]


def catalogue_of(found: Sequence[Trouble], well: str) -> Mapping[str, object]:
    """Name each trouble twice: by itself, and with a model to fall back to."""
    providers = [provider(SPARE, well)]
    models: list[dict[str, object]] = [{"id": SPARE, "provider": SPARE}]
    for trouble in found:
        for name, fallback in ((trouble.name, []), (f"{trouble.name}-or", [SPARE])):
            providers.append(provider(name, trouble.url))
            models.append(
                {
                    "id": name,
                    "provider": name,
                    "upstream": trouble.upstream,
                    "fallback": fallback,
                }
            )
    return {"providers": providers, "models": models}


async def refuse(system: System, runs: int, random: Random) -> Findings:
    """F16: a provider refuses, fails or cannot be reached; `runs` questions each."""
    findings, worst = Findings(), 0.0
    async with serving(WELL) as wrong, serving(WELL) as well:
        found = troubles(wrong.url)
        async with llm(system, catalogue_of(found, well.url)) as asked:
            for trouble in found:
                alone, or_other = trouble.name, f"{trouble.name}-or"
                for name in (alone, or_other):
                    lasts = await asyncio.gather(
                        *(asked.ask(name) for _ in range(runs))
                    )
                    for last in lasts:
                        findings.add(wrongs(trouble, last, other=name == or_other))
            attempts = await asked.attempts()
            for trouble in found:
                for name in (trouble.name, f"{trouble.name}-or"):
                    worst = max(worst, attempts[name] / runs)
    if worst > AMPLIFICATION:
        findings.violations.append(f"{worst:.2f} attempts a question")
    findings.figures = [
        f"{len(found)} kinds, {runs:,} questions each, with and without another model",
        f"{worst:.2f} attempts a question at the most",
    ]
    return findings


def wrongs(
    trouble: Trouble, last: answer_pb.GenerateResponse, *, other: bool
) -> list[str]:
    """Say what is wrong with how an answer ended."""
    if other:
        right = last.HasField("completed") and last.completed.model == SPARE
    else:
        right = end_of(last) == trouble.reason
    return [] if right else [f"{trouble.name}: {end_of(last)}, another: {other}"]


async def take_away(system: System, runs: int, random: Random) -> Findings:
    """F18: a provider is away for `runs` seconds, while 200 ask each second."""
    findings, port = Findings(), free_port()
    url = f"http://127.0.0.1:{port}/v1"
    models = [{"id": "m", "provider": "main", "upstream": "scripted-5x0ms"}]
    catalogue = {"providers": [provider("main", url)], "models": models}
    asking: set[asyncio.Task[object]] = set()

    async def load(asked: Llm, seconds: float) -> int:
        begun, until = 0, monotonic() + seconds
        due = monotonic()
        while monotonic() < until:
            asking.add(asyncio.create_task(asked.ask("m")))
            begun, due = begun + 1, due + 1 / RATE
            await asyncio.sleep(max(0.0, due - monotonic()))
        return begun

    async with llm(system, catalogue) as asked:
        async with at(port):
            await load(asked, 1)
            await asyncio.gather(*asking)
        before, gone = await asked.attempts(), monotonic()
        questions = await load(asked, runs)
        attempts = (await asked.attempts())["main"] - before["main"]
        async with at(port):
            back = monotonic()
            recovered = await recovery(asked, load, back)
            await load(asked, 1)
            done = await asyncio.gather(*asking, return_exceptions=True)
    findings.runs = len(done)
    findings.violations += [f"{each!r}" for each in done if isinstance(each, Exception)]
    findings.violations += wrong_ends(asked, gone, back, recovered)
    ratio = attempts / questions
    if ratio > AMPLIFICATION:
        findings.violations.append(f"{ratio:.2f} attempts a question")
    if recovered - back > RECOVERY_SECONDS:
        findings.violations.append(f"recovered after {recovered - back:.1f} s")
    findings.figures = [
        f"away for {runs} s at {questions / runs:,.0f} questions a second",
        f"{ratio:.3f} attempts a question",
        f"recovered {recovered - back:.1f} s after it was back",
    ]
    return findings


@asynccontextmanager
async def at(port: int) -> AsyncIterator[Upstream]:
    """Run the scripted model at a port."""
    async with serving(WELL, port) as upstream:
        yield upstream


async def recovery(asked: Llm, load: Load, back: float) -> float:
    """Go on asking until answers succeed again; return when the first did."""
    while monotonic() < back + 2 * RECOVERY_SECONDS:
        await load(asked, 0.25)
        for when, end in asked.ends:
            if when > back and end == COMPLETED:
                return when
    return monotonic()


def wrong_ends(asked: Llm, gone: float, back: float, recovered: float) -> list[str]:
    """Name the ends that no time explains."""
    found = []
    for when, end in asked.ends:
        away = gone <= when <= recovered + 0.5
        if end not in ({COMPLETED, "MODEL_UNAVAILABLE"} if away else {COMPLETED}):
            found.append(f"{end} {when - back:+.2f} s from when it was back")
    return found
