"""An llm of its own, with a catalogue that a fault has written."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import uuid4

import aiohttp
import grpc
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.ports import free_port
from parley.error.v1 import error_reason_pb2 as reasons
from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from tests.faults.processes import Process
from tests.faults.system import System, service
from tests.identity import bearing

ATTEMPTS = "gen_ai_client_operation_duration_seconds_count"
OWN = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "PARLEY_MODEL", "LLM_LISTEN_ADDRESS")


@dataclass(kw_only=True)
class Llm:
    """An llm with a catalogue of its own, and how its answers ended."""

    stub: "pb_grpc.GenerationServiceAsyncStub"
    metadata: tuple[tuple[str, str], ...]
    metrics: str
    process: Process
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
async def llm(
    system: System, catalogue: Mapping[str, object], **settings: str
) -> AsyncIterator[Llm]:
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
                **settings,
            },
        )
        await process.start()
        try:
            await process.until_serving()
            async with grpc.aio.insecure_channel(process.address) as channel:
                yield Llm(
                    stub=pb_grpc.GenerationServiceStub(channel),
                    metadata=bearing(system.token(uuid4())),
                    metrics=metrics,
                    process=process,
                )
        finally:
            await process.end()


def provider(name: str, url: str) -> Mapping[str, object]:
    """Name an endpoint in a catalogue."""
    kind = "openai_compatible"
    return {"name": name, "type": kind, "url": url, "concurrency": 1_000}
