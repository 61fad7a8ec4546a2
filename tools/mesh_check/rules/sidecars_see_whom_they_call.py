"""A sidecar is told of those whom its part calls, and of nobody else."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import NAME_LABEL, Finding, Resource
from tools.mesh_check.system import (
    CALLS,
    COLLECTOR,
    EGRESS_GATEWAY,
    PARTS,
    POOLER,
    STORES,
)

PROVIDERS = "istio-egress/*"
LEAVING = ("auth", "llm")  # for identity providers, and for models
NOBODY = ["~/*"]
PLAIN = {"number": 80, "protocol": "HTTP", "name": "providers"}

report = Report(
    __name__,
    breaks="a process that was taken over can call what its part never calls, and "
    "every sidecar holds the whole cluster in memory",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Compare each Sidecar with the call graph. Where there is none, none is meant."""
    found = mesh.of_kind("Sidecar")
    if not found:
        return
    of_all = [one for one in found if not one.spec.get("workloadSelector")]
    if len(of_all) != 1 or listeners(of_all[0]) != [{"hosts": NOBODY}]:
        yield report.missing(
            "a pod without a Sidecar of its own sees the cluster",
            f"one without a selector, with `hosts: {NOBODY}`",
        )
    of_part: dict[str, list[Resource]] = {part: [] for part in CALLS}
    for one in found:
        if one not in of_all:
            of_part.setdefault(part_of(one), []).append(one)
    # Where one reaches PostgreSQL through a pooler, all do.
    pooled = any(POOLER.seen_as in seen(one) for one in found)
    for part, own in of_part.items():
        if len(own) != 1 or part not in CALLS:
            yield report.missing(
                f"{len(own)} Sidecars are for {part}",
                "exactly one for each part: of several, Istio takes the oldest",
            )
        for one in own if part in CALLS else []:
            yield from of_sidecar(part, one, pooled=pooled)
    for one in found:
        mode = (one.spec.get("outboundTrafficPolicy") or {}).get("mode")
        if mode != "REGISTRY_ONLY":
            yield report(
                one, f"it lets through what it does not know: {mode}", "REGISTRY_ONLY"
            )


def of_sidecar(part: str, sidecar: Resource, *, pooled: bool) -> Iterator[Finding]:
    """Compare one."""
    wanted = {PARTS[name].seen_as for name in CALLS[part]}
    wanted |= {store.seen_as for store in STORES.get(part, ())} | {COLLECTOR.seen_as}
    if part in LEAVING:
        wanted |= {EGRESS_GATEWAY.seen_as, PROVIDERS}
    if part in STORES and pooled:
        wanted.add(POOLER.seen_as)
    given = set(seen(sidecar))
    if more := given - wanted:
        yield report(sidecar, f"it sees {sorted(more)}", f"only {sorted(wanted)}")
    if less := wanted - given:
        yield report(
            sidecar,
            f"it does not see {sorted(less)}",
            "them, too",
            breaks="the call ends in a black hole: 502, or no connection",
        )
    for listener in listeners(sidecar):
        port = listener.get("port")
        if PROVIDERS not in listener.get("hosts", []):
            if port is not None:
                yield report(sidecar, f"what it sees is for {port}", "no `port`")
        elif port != PLAIN:
            yield report(
                sidecar,
                "it sees providers on every port, so also 443, past the gateway",
                f"`port: {PLAIN}` for them",
            )


def part_of(sidecar: Resource) -> str:
    """Say whose it is."""
    labels = sidecar.spec["workloadSelector"].get("labels") or {}
    return str(labels.get(NAME_LABEL))


def listeners(sidecar: Resource) -> list[Mapping[str, Any]]:
    """List what it listens for."""
    return list(sidecar.spec.get("egress") or [])


def seen(sidecar: Resource) -> list[str]:
    """List whom it knows."""
    return [host for one in listeners(sidecar) for host in one.get("hosts", [])]
