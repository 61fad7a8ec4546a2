"""What providers do, in the words of OpenTelemetry's conventions for GenAI."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from functools import cache
from time import perf_counter

from opentelemetry import trace
from prometheus_client import Histogram

from services.kit.errors import ServiceError
from services.llm.guards.opening import says
from services.llm.model import (
    Completed,
    Delta,
    Model,
    ProviderEvent,
    Question,
    Reasoning,
)
from services.llm.ports import Provider

OPERATION = "chat"
OTHER = "_OTHER"  # the conventions' word for what would be one label too many
CANCELLED = "cancelled"
MODELS = 100  # of a provider that have labels of their own

LABELS = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")
SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48,
           40.96, 81.92)  # fmt: skip
FIRST = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5,
         5.0, 7.5, 10.0)  # fmt: skip
EACH = (0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75,
        1.0, 2.5)  # fmt: skip
TOKENS = tuple(4.0**power for power in range(14))

usage = Histogram(
    "gen_ai_client_token_usage",
    "Tokens read and written for each answer.",
    (*LABELS, "gen_ai_token_type"),
    buckets=TOKENS,
)
duration = Histogram(
    "gen_ai_client_operation_duration_seconds",
    "How long answers took, by how they ended.",
    (*LABELS, "error_type"),
    buckets=SECONDS,
)
first = Histogram(
    "gen_ai_server_time_to_first_token_seconds",
    "How long it took until an answer began.",
    LABELS,
    buckets=FIRST,
)
each = Histogram(
    "gen_ai_server_time_per_output_token_seconds",
    "How long each token took after the first.",
    LABELS,
    buckets=EACH,
)


class Metrics:
    """Measures each answer, and traces it; neither holds what was said."""

    def __init__(
        self,
        inner: Provider,
        *,
        name: str,
        known: Iterable[str],
        tracer: trace.Tracer | None = None,
    ) -> None:
        self._inner = inner
        self._name = name
        # A name that a caller made up is no label: it has to have answered once.
        self._known = set(known)
        self._tracer = tracer or trace.get_tracer(__name__)

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        seen = Seen()
        span = self._span(question)
        try:
            async with aclosing(self._inner.generate(question)) as events:
                async for event in events:
                    if type(event) is Delta or type(event) is Reasoning:
                        seen.tokens += event.tokens
                    if not seen.first and says(event):
                        seen.first = perf_counter()
                    if type(event) is Completed:
                        seen.completed, seen.error = event, ""
                    yield event
        except Exception as error:
            seen.error = error_type(error)
            raise
        finally:
            self._measure(question, seen)
            ended(span, seen)

    def _span(self, question: Question) -> trace.Span:
        # To make one that nobody records costs as much as all that is measured.
        if not trace.get_current_span().is_recording():
            return trace.INVALID_SPAN
        attributes: dict[str, str | int | float] = {
            "gen_ai.operation.name": OPERATION,
            "gen_ai.provider.name": self._name,
        }
        model = self._label(question.model)
        if model != OTHER:
            attributes["gen_ai.request.model"] = model
        if question.max_output_tokens:
            attributes["gen_ai.request.max_tokens"] = question.max_output_tokens
        if question.temperature is not None:
            attributes["gen_ai.request.temperature"] = question.temperature
        return self._tracer.start_span(
            f"{OPERATION} {model}", kind=trace.SpanKind.CLIENT, attributes=attributes
        )

    def _label(self, model: str) -> str:
        return model if model in self._known else OTHER

    def _measure(self, question: Question, seen: "Seen") -> None:
        now = perf_counter()
        if seen.first and len(self._known) < MODELS:
            self._known.add(question.model)
        labels = (OPERATION, self._name, self._label(question.model))
        child(duration, *labels, seen.error).observe(now - seen.began)
        if not seen.first:
            return
        child(first, *labels).observe(seen.first - seen.began)
        if seen.completed:
            child(usage, *labels, "input").observe(seen.completed.input_tokens)
        tokens = seen.output_tokens
        child(usage, *labels, "output").observe(tokens)
        if tokens > 1:
            child(each, *labels).observe((now - seen.first) / (tokens - 1))


class Seen:
    """What is to be told of an answer."""

    __slots__ = ("began", "completed", "error", "first", "tokens")

    def __init__(self) -> None:
        self.began = perf_counter()
        self.first = 0.0
        self.tokens = 0
        self.completed: Completed | None = None
        self.error = CANCELLED

    @property
    def output_tokens(self) -> int:
        """What the provider counted, else what was counted on the way."""
        told = self.completed.output_tokens if self.completed else 0
        return told or self.tokens


def ended(span: trace.Span, seen: Seen) -> None:
    """Say how an answer ended, and end its span."""
    if span.is_recording():
        span.set_attribute("gen_ai.usage.output_tokens", seen.output_tokens)
        if done := seen.completed:
            span.set_attributes(
                {
                    "gen_ai.response.model": done.model,
                    "gen_ai.response.finish_reasons": [done.finish_reason],
                    "gen_ai.usage.input_tokens": done.input_tokens,
                }
            )
        if seen.error:
            span.set_attribute("error.type", seen.error)
        if seen.error and seen.error != CANCELLED:
            span.set_status(trace.StatusCode.ERROR, seen.error)
    span.end()


def error_type(error: Exception) -> str:
    """Name an error as clients know it."""
    return error.reason if isinstance(error, ServiceError) else type(error).__name__


@cache
def child(histogram: Histogram, *labels: str) -> Histogram:
    """Find a histogram with its labels: to find it each time costs as much as it."""
    return histogram.labels(*labels)
