"""What is measured and traced of providers, in OpenTelemetry's words."""

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.llm.guards.metrics import CANCELLED, MODELS, OTHER, Metrics
from services.llm.model import ModelNotFound, ModelProtocol, ModelRateLimited
from services.llm.ports import Provider
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.guards.asking import ask, question, sample

DURATION = "gen_ai_client_operation_duration_seconds_count"
TOKENS = "gen_ai_client_token_usage_sum"
FIRST = "gen_ai_server_time_to_first_token_seconds_count"
EACH = "gen_ai_server_time_per_output_token_seconds_count"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def name() -> str:
    return f"provider-{uuid4()}"


@pytest.fixture
def metrics(
    provider: Provider, spans: InMemorySpanExporter, name: str
) -> Iterator[Metrics]:
    tracing = TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(spans))
    tracer = tracing.get_tracer("test")
    with tracer.start_as_current_span("the call that is served"):
        yield Metrics(provider, name=name, known=["m"], tracer=tracer)


def labels(name: str, model: str = "m", **more: str) -> dict[str, str]:
    return {
        "gen_ai_operation_name": "chat",
        "gen_ai_provider_name": name,
        "gen_ai_request_model": model,
        **more,
    }


async def test_an_answer_is_measured(metrics: Metrics, name: str):
    await ask(metrics, question("a b c"))

    assert sample(DURATION, **labels(name, error_type="")) == 1
    assert sample(TOKENS, **labels(name, gen_ai_token_type="input")) == 3
    assert sample(TOKENS, **labels(name, gen_ai_token_type="output")) == 20
    assert sample(FIRST, **labels(name)) == 1
    assert sample(EACH, **labels(name)) == 1


@pytest.mark.parametrize(
    ("script", "error", "reason"),
    [
        (Script(status=429), ModelRateLimited, "MODEL_RATE_LIMITED"),
        (Script(cut_after=2), ModelProtocol, "MODEL_PROTOCOL"),
        (Script(status=404), ModelNotFound, "MODEL_NOT_FOUND"),
    ],
)
async def test_a_failure_is_measured_by_its_reason(
    metrics: Metrics,
    name: str,
    upstream: Upstream,
    script: Script,
    error: type[Exception],
    reason: str,
):
    upstream.rescript(script)

    with pytest.raises(error):
        await ask(metrics)

    assert sample(DURATION, **labels(name, error_type=reason)) == 1


async def test_an_answer_that_its_reader_leaves_is_no_failure(
    metrics: Metrics, name: str, upstream: Upstream, spans: InMemorySpanExporter
):
    upstream.rescript(Script(stall_after=3))

    async with aclosing(metrics.generate(question())) as events:
        await anext(events)

    assert sample(DURATION, **labels(name, error_type=CANCELLED)) == 1
    (span,) = spans.get_finished_spans()
    assert span.status.is_ok or span.status.is_unset


async def test_a_span_says_how_and_never_what(
    metrics: Metrics, name: str, spans: InMemorySpanExporter, upstream: Upstream
):
    await ask(metrics, replace(question("secret"), max_output_tokens=50))

    (span,) = spans.get_finished_spans()
    assert span.name == "chat m"
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": name,
        "gen_ai.request.model": "m",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 1,
        "gen_ai.usage.output_tokens": 20,
    }


async def test_a_span_says_why_it_failed(
    metrics: Metrics, spans: InMemorySpanExporter, upstream: Upstream
):
    upstream.rescript(Script(cut_after=2))

    with pytest.raises(ModelProtocol):
        await ask(metrics)

    (span,) = spans.get_finished_spans()
    assert span.attributes
    assert span.attributes["error.type"] == "MODEL_PROTOCOL"
    assert not span.status.is_ok


async def test_names_that_nobody_knows_are_no_labels(
    metrics: Metrics, name: str, upstream: Upstream
):
    upstream.rescript(Script(status=404))
    for number in range(3):
        with pytest.raises(ModelNotFound):
            await ask(metrics, question(model=f"made-up-{number}"))

    other = labels(name, OTHER, error_type="MODEL_NOT_FOUND")
    assert sample(DURATION, **other) == 3


async def test_there_are_no_more_labels_than_so_many(
    metrics: Metrics, name: str, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(1)))

    for number in range(MODELS + 5):
        await ask(metrics, question(model=f"model-{number}"))

    assert sample(DURATION, **labels(name, "model-0", error_type="")) == 1
    assert sample(DURATION, **labels(name, OTHER, error_type="")) == 6
