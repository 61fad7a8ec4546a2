"""Logs, traces and metrics hold no query, header, token or body."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.mesh import VALUES, Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.rules.mesh_wide import at
from tools.mesh_check.system import COLLECTOR, EGRESS, INGRESS, NAMESPACE, SERVICES

# What a line of the access log may hold.
OPERATORS = frozenset(
    {
        *(
            "%START_TIME%",
            "%DURATION%",
            "%PROTOCOL%",
            "%BYTES_RECEIVED%",
            "%BYTES_SENT%",
        ),
        *("%REQ(:METHOD)%", "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%"),
        *("%RESPONSE_CODE%", "%RESPONSE_CODE_DETAILS%", "%RESPONSE_FLAGS%"),
        *("%GRPC_STATUS_NUMBER%", "%UPSTREAM_CLUSTER%", "%UPSTREAM_HOST%"),
        *("%UPSTREAM_REQUEST_ATTEMPT_COUNT%", "%DOWNSTREAM_PEER_URI_SAN%"),
        *("%REQ(X-REQUEST-ID)%", "%TRACE_ID%"),
    }
)
# And what it may hold besides: the proxy's own words.
BESIDES = frozenset({"%UPSTREAM_TRANSPORT_FAILURE_REASON%"})
LOG, TRACES = "parley-access-log", "parley-traces"
# Only the first character of a path: the query comes after it.
SPANS = {
    "service": COLLECTOR.full,
    "port": min(COLLECTOR.ports),
    "maxTagLength": 1,
}
# The method, if there is one of that name: what was refused may have any.
METHOD = (
    "request.url_path.startsWith('/parley.{part}.v1.') && "
    "!response.code_details.startsWith('rbac') && "
    "!response.code_details.startsWith('jwt_authn') ? request.url_path : 'other'"
)
COUNTED = ("REQUEST_COUNT", "REQUEST_DURATION")
SAMPLED_PERCENT = 100

report = Report(
    __name__,
    breaks="what people write, or the token with which they write it, lies where many "
    "may read it; or a stranger's paths fill the memory of Prometheus",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at the form of the log, and at every Telemetry."""
    providers = {
        str(one.get("name")): one
        for one in at(mesh.values, "meshConfig.extensionProviders") or []
    }
    if set(providers) != {LOG, TRACES}:
        yield of_values(
            f"the providers are {sorted(providers)}", f"{LOG} and {TRACES}, each once"
        )
    yield from of_log(providers.get(LOG, {}))
    collector = at(providers, f"{TRACES}.opentelemetry") or {}
    if collector != SPANS:
        yield of_values(f"spans are sent so: {collector}", f"{SPANS}")
    if at(mesh.values, "meshConfig.accessLogFile"):
        yield of_values(
            "a second log is written, in Istio's form", '`accessLogFile: ""`'
        )
    telemetry = mesh.of_kind("Telemetry")
    for namespace in (NAMESPACE, INGRESS, EGRESS):
        for field, name in (("accessLogging", LOG), ("tracing", TRACES)):
            if not any(
                one.namespace == namespace and one.is_for_all and named(one, field)
                for one in telemetry
            ):
                yield report.missing(
                    f"{namespace} has no {field}",
                    f"a Telemetry there with the provider {name}",
                    breaks="nobody can see who called whom, or how long it took",
                )
    for one in telemetry:
        yield from of_telemetry(one)
    counted = {part for one in telemetry if "metrics" in one.spec for part in one.parts}
    for part in sorted(set(SERVICES) - counted):
        yield report.missing(
            f"calls of {part} are not counted by method",
            "a Telemetry with the tag `grpc_method`",
            breaks="nobody can see which method is slow or fails",
        )


def of_values(wrong: str, write: str) -> Finding:
    """Say what is wrong with the values of the mesh."""
    return Finding(VALUES, "meshConfig", report.rule, wrong, report.breaks, write)


def of_log(provider: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the form of a line."""
    labels = at(provider, "envoyFileAccessLog.logFormat.labels") or {}
    if at(provider, "envoyFileAccessLog.path") != "/dev/stdout":
        yield of_values("nobody collects the log", "`path: /dev/stdout`")
    if missing := OPERATORS - set(labels.values()):
        yield of_values(f"a line does not hold {sorted(missing)}", "Parley's own form")
    for label, operator in labels.items():
        if operator not in OPERATORS | BESIDES:
            yield of_values(f"{label} is {operator}", f"one of {sorted(OPERATORS)}")


def of_telemetry(one: Resource) -> Iterator[Finding]:
    """Look at what is told of a call, and whom."""
    for field, name in (("accessLogging", LOG), ("tracing", TRACES)):
        for said in one.spec.get(field) or []:
            if said.get("providers") != [{"name": name}]:
                yield report(one, f"a part of its {field} goes elsewhere", name)
    for tracing in one.spec.get("tracing") or []:
        if tracing.get("customTags"):
            yield report(one, "spans hold more than Istio's own tags", "no customTags")
        if not 0 < tracing.get("randomSamplingPercentage", 0) <= SAMPLED_PERCENT:
            yield report(one, "it does not say how many", "`randomSamplingPercentage`")
        if tracing.get("disableSpanReporting"):
            yield report(one, "no span is sent", "no `disableSpanReporting`")
    for log in one.spec.get("accessLogging") or []:
        if log.get("disabled") or log.get("filter"):
            yield report(one, "some calls are not logged", "all of them")
    for part in (one.parts or ["all"]) if "metrics" in one.spec else []:
        if part not in SERVICES:
            yield report(one, "it counts paths that anybody may write", "the services")
        elif one.spec["metrics"] != metrics(part):
            yield report(
                one,
                "it does not count calls by method, or by more than the method",
                f"`metrics: {metrics(part)}`",
            )


def metrics(part: str) -> list[dict[str, Any]]:
    """Write how the calls of a part are counted."""
    tag = {"grpc_method": {"value": METHOD.format(part=part)}}
    return [
        {
            "providers": [{"name": "prometheus"}],
            "overrides": [
                {"match": {"metric": metric, "mode": "SERVER"}, "tagOverrides": tag}
                for metric in COUNTED
            ],
        }
    ]


def named(one: Resource, field: str) -> list[str]:
    """List the providers that a Telemetry names."""
    return [
        provider["name"]
        for said in one.spec.get(field) or []
        for provider in said.get("providers") or []
    ]
