"""Providers of models refuse, fail, cannot be reached, or are away for a while."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import uuid4

import aiohttp
import grpc
import yaml
from prometheus_client.parser import text_string_to_metric_families

from parley.error.v1 import error_reason_pb2 as reasons
from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from tests.doubles.openai_server import serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.edge.envoy_process import free_port
from tests.faults.findings import Findings
from tests.faults.system import System, service, until_serving
from tests.identity import bearing

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


@dataclass(kw_only=True)
class Llm:
    """An llm with a catalogue of its own, and how its answers ended."""

    stub: "pb_grpc.GenerationServiceAsyncStub"
    metadata: tuple[tuple[str, str], ...]
    metrics: str
    ends: list[tuple[float, str]] = field(default_factory=list)

    async def ask(self, model: str) -> answer_pb.GenerateResponse:
        """Ask; return the last event, and note when it came and what it was."""
        request = pb.GenerateRequest(
            model=model,
            turns=[answer_pb.Turn(role=answer_pb.ROLE_USER, text=f"Tell me {uuid4()}")],
        )
        call = self.stub.Generate(request, metadata=self.metadata)
        *_, last = [event async for event in call]
        self.ends.append((monotonic(), end_of(last)))
        return last

    async def attempts(self) -> Counter[str]:
        """Count what went out to each provider so far, as llm's metrics say."""
        counts: Counter[str] = Counter()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://{self.metrics}/metrics") as response,
        ):
            text = await response.text()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == ATTEMPTS:
                    name = sample.labels["gen_ai_provider_name"]
                    counts[name] += int(sample.value)
        return counts


def end_of(event: answer_pb.GenerateResponse) -> str:
    """Say how an answer ended: the reason of a failure."""
    if event.HasField("failed"):
        name = reasons.ErrorReason.Name(event.failed.reason)
        return name.removeprefix("ERROR_REASON_")
    return str(event.WhichOneof("event"))


@asynccontextmanager
async def llm(system: System, catalogue: Mapping[str, object]) -> AsyncIterator[Llm]:
    """Run one more llm beside a system's, which knows these models."""
    metrics = f"127.0.0.1:{free_port()}"
    with TemporaryDirectory(prefix="parley-llm-") as name:
        folder = Path(name)
        models = folder / "models.yaml"
        models.write_text(yaml.safe_dump(dict(catalogue)))
        theirs = system.llms[0].environment
        process = service(
            "llm",
            3,
            folder,
            {
                **{key: value for key, value in theirs.items() if key not in OWN},
                "LLM_MODELS_FILE": str(models),
                "LLM_METRICS_ADDRESS": metrics,
            },
        )
        await process.start()
        try:
            await until_serving(process.address)
            async with grpc.aio.insecure_channel(process.address) as channel:
                yield Llm(
                    stub=pb_grpc.GenerationServiceStub(channel),
                    metadata=bearing(system.token(uuid4())),
                    metrics=metrics,
                )
        finally:
            await process.end()


def provider(name: str, url: str) -> Mapping[str, object]:
    """Name an endpoint in a catalogue."""
    kind = "openai_compatible"
    return {"name": name, "type": kind, "url": url, "concurrency": 1_000}


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
