"""Every call is over mutual TLS: taken so, and made so."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.system import HOSTS, NAMESPACE

report = Report(
    __name__,
    breaks="a caller without a certificate has no name, so no policy can refuse it, "
    "and whoever listens reads tokens and what people write",
)


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at what is taken (PeerAuthentication) and made (DestinationRule)."""
    found = mesh.of_kind("PeerAuthentication")
    whole = [one for one in found if one.is_for_all and one.namespace == NAMESPACE]
    if len(whole) != 1:
        yield report.missing(
            f"{len(whole)} PeerAuthentications hold for all of {NAMESPACE}",
            "exactly one without a selector, with `mtls: {mode: STRICT}`",
        )
    for one in found:
        ports = (one.spec.get("portLevelMtls") or {}).values()
        modes = [(one.spec.get("mtls") or {}).get("mode")]
        modes += [port.get("mode") for port in ports]
        if set(modes) != {"STRICT"}:
            yield report(one, f"the mode is {modes}", "`mtls: {mode: STRICT}`, alone")
    for rule in mesh.of_kind("DestinationRule"):
        if rule.spec.get("host") not in HOSTS:
            continue
        policy = rule.spec.get("trafficPolicy") or {}
        if policy.get("tls") != {"mode": "ISTIO_MUTUAL"}:
            yield report(
                rule,
                "it does not say how TLS is made, or not with the mesh's certificates",
                "`trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}`",
            )
        for nested in others(rule.spec):
            if (nested.get("tls") or {"mode": "ISTIO_MUTUAL"})[
                "mode"
            ] != "ISTIO_MUTUAL":
                yield report(rule, "a subset or port has another TLS", "no `tls` there")


def others(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List the policies of ports and subsets."""
    policies = [spec.get("trafficPolicy") or {}]
    policies += [
        subset.get("trafficPolicy") or {} for subset in spec.get("subsets", [])
    ]
    yield from policies[1:]
    for policy in policies:
        yield from policy.get("portLevelSettings") or []
