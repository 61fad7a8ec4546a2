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

MOST_CONNECTIONS = 8_192
ON_ONE = 100  # calls on a connection
NEAREST_FIRST = [f"topology.kubernetes.io/{where}" for where in ("region", "zone")]
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
            outside = host == EGRESS_GATEWAY.full
            problems = [
                *whole(rule.spec),
                *pool(policy, room, outside=outside),
                streams(policy, bounded=host == PARTS["edge"].full),
                *balance(policy),
                *ejection(policy, outside=outside),
            ]
            for good, wrong, write in problems:
                if not good:
                    yield report(rule, wrong, write)


def whole(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Look whether what is said holds for every caller, version and port."""
    yield (
        "exportTo" not in spec and "workloadSelector" not in spec,
        "some callers do not know it",
        "no `exportTo`, no `workloadSelector`: gateways are callers, too",
    )
    yield (
        not (spec.get("trafficPolicy") or {}).get("portLevelSettings"),
        "what a port says replaces all that the rule says",
        "no `portLevelSettings`",
    )
    yield (
        not any("trafficPolicy" in subset for subset in spec.get("subsets") or []),
        "a version has limits of its own, which the others do not have",
        "no `trafficPolicy` in a subset",
    )


def pool(policy: Mapping[str, Any], room: int, *, outside: bool) -> Iterator[Problem]:
    """Look at how much may be live."""
    found = policy.get("connectionPool") or {}
    http, tcp = found.get("http") or {}, found.get("tcp") or {}
    yield (
        http.get("h2UpgradePolicy") == ("UPGRADE" if outside else None),
        "the gateway's port is HTTPS, over which sidecars speak HTTP/1.1: a connection "
        "for each answer"
        if outside
        else "the Service's port says what is spoken",
        "`h2UpgradePolicy: UPGRADE`" if outside else "no `h2UpgradePolicy`",
    )
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
        room <= tcp.get("maxConnections", 0) * ON_ONE <= MOST_CONNECTIONS * ON_ONE,
        f"`maxConnections` is {tcp.get('maxConnections')}",
        f"{room // ON_ONE} to {MOST_CONNECTIONS}: one carries a hundred calls",
    )
    yield (
        0 < seconds(tcp.get("connectTimeout", "0s")) <= 5,
        "a replica that does not answer is waited for as long as TCP likes",
        "`connectTimeout: 2s`",
    )
    yield (
        60 < seconds(http.get("idleTimeout", "1h")) <= 7200,
        f"a connection that nobody uses is kept for {http.get('idleTimeout')}",
        "an hour, or nothing: it is Envoy's default",
    )
    yield (
        0 < noticed_after(tcp.get("tcpKeepalive") or {}) <= 60,
        "a machine that vanished is not noticed while its streams are silent",
        "`tcpKeepalive: {time: 30s, interval: 5s, probes: 3}`",
    )
    budget = policy.get("retryBudget") or {}
    yield (
        10 <= budget.get("percent", 0) <= 25
        and 3 <= budget.get("minRetryConcurrency", 0) <= 100,
        "retries may be as many as calls, which buries who is weak already",
        "`retryBudget: {percent: 20, minRetryConcurrency: 10}`",
    )


def streams(policy: Mapping[str, Any], *, bounded: bool) -> Problem:
    """Look at how many calls a connection carries: the edge takes no more than so."""
    http = (policy.get("connectionPool") or {}).get("http") or {}
    given = http.get("maxConcurrentStreams", None if bounded else ON_ONE)
    return (
        given == ON_ONE,
        f"a connection carries {given or 'any number of'} calls",
        f"`maxConcurrentStreams: {ON_ONE}`, as the other end takes",
    )


def noticed_after(keepalive: Mapping[str, Any]) -> float:
    """Say after how many seconds a machine that vanished is given up; 0: never."""
    if not {"time", "interval", "probes"} <= set(keepalive):
        return 0
    probes = int(keepalive["probes"])
    between = max(1.0, seconds(keepalive["interval"]))
    return seconds(keepalive["time"]) + probes * between if probes else 0


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
        and locality.get("failoverPriority") == NEAREST_FIRST,
        "replicas of other regions are as good as near ones",
        "`localityLbSetting` with `failoverPriority` by region and zone",
    )


def ejection(policy: Mapping[str, Any], *, outside: bool) -> Iterator[Problem]:
    """Look at who is left out."""
    found = policy.get("outlierDetection") or {}
    yield (
        found.get("splitExternalLocalOriginErrors") is True
        and 2 <= found.get("consecutiveLocalOriginFailures", 0) <= 10,
        "a replica that nobody can reach is not left out, or a single reset is enough",
        "`splitExternalLocalOriginErrors: true`, `consecutiveLocalOriginFailures: 3`",
    )
    yield (
        found.get("consecutive5xxErrors", 5) == 0,
        "any five 5xx answers leave a replica out (Envoy's default)",
        "`consecutive5xxErrors: 0`",
    )
    yield (
        found.get("consecutiveGatewayErrors", -1)
        in ((0,) if outside else range(5, 21)),
        "who is gone behind a sidecar is not noticed (nothing said), or all are left "
        "out while a store is away (a few)",
        f"`consecutiveGatewayErrors: {0 if outside else 5}`",
    )
    yield (
        10 <= found.get("maxEjectionPercent", 0) <= 50,
        "all replicas may be left out at once, or hardly one",
        "`maxEjectionPercent: 50`",
    )
    yield (
        0 < found.get("minHealthPercent", 0) <= 10,
        "when all are left out, everything is refused, or those are asked early on",
        "`minHealthPercent: 1`: then one is asked nevertheless",
    )
    yield (
        0 < seconds(found.get("interval", "10s")) <= 5
        and 5 <= seconds(found.get("baseEjectionTime", "1h")) <= 60,
        "who failed is found out late, or stays out for long",
        "`interval: 1s`, `baseEjectionTime: 10s`",
    )
