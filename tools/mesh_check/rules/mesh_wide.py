"""What is true of the whole mesh, which no resource can say."""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

from tools.mesh_check.durations import seconds
from tools.mesh_check.mesh import VALUES, Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.rpcs import EDGE
from tools.mesh_check.system import TRUST_DOMAIN

# What `mesh/values.yaml` has to say, and what breaks if it does not.
SETTINGS: tuple[tuple[str, frozenset[Any], str], ...] = (
    (
        "meshConfig.defaultHttpRetryPolicy.attempts",
        frozenset({0}),
        "Istio asks again twice for UNAVAILABLE wherever a route says nothing",
    ),
    (
        "meshConfig.outboundTrafficPolicy.mode",
        frozenset({"REGISTRY_ONLY"}),
        "every pod reaches every address on the internet",
    ),
    (
        "meshConfig.pathNormalization.normalization",
        frozenset({"MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"}),
        "a path that is written otherwise slips past a policy",
    ),
    (
        "meshConfig.trustDomain",
        frozenset({TRUST_DOMAIN}),
        "no policy knows a caller by its name",
    ),
    (
        "meshConfig.enableAutoMtls",
        frozenset({True}),
        "gateways speak plaintext to ports that take only TLS",
    ),
    (
        "meshConfig.meshMTLS.minProtocolVersion",
        frozenset({"TLSV1_3"}),
        "an old version of TLS can be asked for",
    ),
    (
        "meshConfig.defaultConfig.holdApplicationUntilProxyStarts",
        frozenset({True}),
        "a service's first calls fail, because its sidecar is not there yet",
    ),
    (
        "meshConfig.defaultConfig.proxyMetadata.EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
        frozenset({"true"}),
        "the sidecar goes five seconds after SIGTERM, with the streams that are open",
    ),
    (
        "pilot.env.PILOT_JWT_ENABLE_REMOTE_JWKS",
        frozenset({"envoy"}),
        "istiod asks for the keys of tokens in plaintext, is refused, and gives the "
        "sidecars a key that fits no token",
    ),
)
DRAIN = "meshConfig.defaultConfig.drainDuration"
report = Report(__name__, breaks="")


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at each setting."""
    yield from drains(mesh.values)
    for path, good, breaks in SETTINGS:
        said = at(mesh.values, path)
        if said not in good:
            yield Finding(
                VALUES,
                path,
                report.rule,
                f"it is {said!r}",
                breaks,
                " or ".join(sorted(map(str, good))),
            )


def drains(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Look whether a changed listener lets the longest stream end."""
    said = at(values, DRAIN)
    if not isinstance(said, str) or seconds(said) <= EDGE.stream_seconds:
        yield Finding(
            VALUES,
            DRAIN,
            report.rule,
            f"it is {said!r}",
            "whoever changes a policy cuts the replies that are being written",
            f"more than {EDGE.stream_seconds}s, the longest stream of the edge",
        )


def at(values: Mapping[str, Any], path: str) -> Any:
    """Read a value by its path; None if there is none."""

    def step(place: Any, key: str) -> Any:
        return place.get(key) if isinstance(place, dict) else None

    return reduce(step, path.split("."), values)
