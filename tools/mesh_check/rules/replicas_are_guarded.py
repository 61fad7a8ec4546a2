"""Each host has room for its live streams, and leaves out replicas that fail."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.durations import seconds
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.rpcs import EDGE
from tools.mesh_check.system import EGRESS_GATEWAY, PARTS, SERVICES

LIVE = EDGE.max_live_streams  # of each service
ROOM = {
    **{PARTS[name].full: LIVE for name in SERVICES},
    PARTS["edge"].full: len(SERVICES) * LIVE,
    PARTS["web"].full: 1_000,
    EGRESS_GATEWAY.full: LIVE,
}

report = Report(
    __name__,
    breaks="a dead replica keeps getting calls, or live replies are refused as "
    "overflow though there is room",
)
Problem = tuple[bool, str, str]


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look for one DestinationRule of each host, and at what it says."""
    for host, room in ROOM.items():
        found = [
            rule
            for rule in mesh.of_kind("DestinationRule")
            if rule.spec.get("host") == host
        ]
        if len(found) != 1:
            yield report.missing(
                f"{len(found)} DestinationRules are for {host}",
                "exactly one: Istio takes parts of each, in an order that nobody sees",
            )
        for rule in found:
            policy = rule.spec.get("trafficPolicy") or {}
            balanced = [*pool(policy, room), *balance(policy), *ejection(policy)]
            for good, wrong, write in balanced:
                if not good:
                    yield report(rule, wrong, write)


def pool(policy: Mapping[str, Any], room: int) -> Iterator[Problem]:
    """Look at how much may be live."""
    found = policy.get("connectionPool") or {}
    http, tcp = found.get("http") or {}, found.get("tcp") or {}
    for key in ("http2MaxRequests", "http1MaxPendingRequests"):
        given = http.get(key, 0)
        yield (
            room <= given <= 4 * room,
            f"`{key}` is {given or 'not said'}: it counts live streams",
            f"{room}, what the edge lets be live; without it there is no limit",
        )
    yield (
        "maxRequestsPerConnection" not in http,
        "connections end after so many calls",
        "no `maxRequestsPerConnection`",
    )
    yield (
        tcp.get("maxConnections", 0) * 100 >= room,
        f"`maxConnections` is {tcp.get('maxConnections')}",
        f"{room // 100} or more: a connection may carry a hundred calls",
    )
    yield (
        0 < seconds(tcp.get("connectTimeout", "0s")) <= 5,
        "a replica that does not answer is waited for as long as TCP likes",
        "`connectTimeout: 2s`",
    )
    yield (
        "tcpKeepalive" in tcp,
        "a machine that vanished is not noticed while its streams are silent",
        "`tcpKeepalive`",
    )
    budget = policy.get("retryBudget") or {}
    yield (
        0 < budget.get("percent", 0) <= 25,
        "retries may be as many as calls, which buries who is weak already",
        "`retryBudget: {percent: 20, minRetryConcurrency: 10}`",
    )


def balance(policy: Mapping[str, Any]) -> Iterator[Problem]:
    """Look at who gets the next call."""
    found = policy.get("loadBalancer") or {}
    locality = found.get("localityLbSetting") or {}
    yield (
        found.get("simple") == "LEAST_REQUEST",
        f"the next call goes by {found.get('simple')}",
        "`LEAST_REQUEST`: streams differ in length, so turns fill some replicas",
    )
    yield (
        locality.get("enabled") is True
        and "topology.kubernetes.io/region" in locality.get("failoverPriority", []),
        "replicas of other regions are as good as near ones",
        "`localityLbSetting` with `failoverPriority` by region and zone",
    )


def ejection(policy: Mapping[str, Any]) -> Iterator[Problem]:
    """Look at who is left out."""
    found = policy.get("outlierDetection") or {}
    yield (
        found.get("splitExternalLocalOriginErrors") is True
        and 0 < found.get("consecutiveLocalOriginFailures", 0) <= 10,
        "streams that break off are not counted: after the headers they are no 5xx",
        "`splitExternalLocalOriginErrors: true`, `consecutiveLocalOriginFailures: 3`",
    )
    yield (
        found.get("consecutive5xxErrors", 5) == 0,
        "any five 5xx answers leave a replica out (Envoy's default)",
        "`consecutive5xxErrors: 0`",
    )
    yield (
        found.get("consecutiveGatewayErrors", 5) == 0
        or found.get("consecutiveGatewayErrors", 5) >= 5,
        "a few UNAVAILABLE leave a replica out, which all say while a store is away",
        "`consecutiveGatewayErrors` of 5 or more, or 0",
    )
    yield (
        0 < found.get("maxEjectionPercent", 0) <= 50,
        "all replicas may be left out at once",
        "`maxEjectionPercent: 50`",
    )
    yield (
        found.get("minHealthPercent", 0) > 0,
        "when all are left out, everything is refused",
        "`minHealthPercent: 1`: then one is asked nevertheless",
    )
    yield (
        0 < seconds(found.get("interval", "10s")) <= 5
        and 0 < seconds(found.get("baseEjectionTime", "30s")) <= 60,
        "who failed is found out late, or stays out for long",
        "`interval: 1s`, `baseEjectionTime: 10s`",
    )
