"""
Telemetry: what is told of calls.

Access logs are written here too. Traces need a collector, and metrics by method a
filter that only Istio's Envoy has: what is asked of those is read, and not done.
"""

from typing import Literal

from deploy.mesh.kinds.base import Part, Selector


class ProviderRef(Part):
    """Who is told: an extension provider of MeshConfig."""

    name: str


class AccessLogging(Part):
    """Who is told of calls."""

    providers: list[ProviderRef]


class Tracing(Part):
    """Who is told of spans; not done here."""

    providers: list[ProviderRef]
    random_sampling_percentage: float = 0.0


class MetricMatch(Part):
    """A metric of Istio's; not done here."""

    metric: Literal["REQUEST_COUNT", "REQUEST_DURATION"]
    mode: Literal["SERVER", "CLIENT"]


class TagOverride(Part):
    """A label of a metric; not done here."""

    value: str


class MetricOverride(Part):
    """What becomes of a metric; not done here."""

    match: MetricMatch
    tag_overrides: dict[str, TagOverride] = {}


class Metrics(Part):
    """What is counted; not done here."""

    providers: list[ProviderRef]
    overrides: list[MetricOverride] = []


class Telemetry(Part):
    """What is told of the calls of some workloads."""

    selector: Selector | None = None
    access_logging: list[AccessLogging] = []
    tracing: list[Tracing] = []
    metrics: list[Metrics] = []
