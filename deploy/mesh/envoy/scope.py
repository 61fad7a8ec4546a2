"""Sidecar, as whom a sidecar knows (model/sidecar.go)."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.mesh.cluster import ROOT_NAMESPACE
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.scope import Scope
from deploy.mesh.resources import Mesh

NOBODY = "~"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whom one workload's sidecar knows; None: everybody."""

    scope: Scope | None
    namespace: str

    def sees(self, namespace: str, host: str, port: int) -> bool:
        """Tell whether a host of a namespace is known on a port."""
        if not self.scope or not self.scope.egress:
            return True
        return any(
            (not listener.port or listener.port.number == port)
            and any(self._names(pattern, namespace, host) for pattern in listener.hosts)
            for listener in self.scope.egress
        )

    def _names(self, pattern: str, namespace: str, host: str) -> bool:
        where, _, wanted = pattern.partition("/")
        if where == NOBODY:
            return False
        there = where in ("*", namespace) or (where, namespace) == (".", self.namespace)
        suffix = wanted.startswith("*") and host.endswith(wanted[1:])
        return there and (wanted == host or suffix)

    @property
    def registry_only(self) -> bool | None:
        """Tell whether nobody else may be reached; None: as the mesh says."""
        if not self.scope or not self.scope.outbound_traffic_policy:
            return None
        return self.scope.outbound_traffic_policy.mode == "REGISTRY_ONLY"


def sight(mesh: Mesh, namespace: str, labels: Mapping[str, str]) -> Sight:
    """
    Find what a workload's sidecar knows.

    The resource that selects the workload; else that of its namespace, else that of the
    whole mesh.
    """
    own, common, root = [], [], []
    for each in mesh.of(Scope):
        wanted = each.spec.workload_selector.labels
        if wanted:
            if each.namespace == namespace and wanted.items() <= labels.items():
                own.append(each)
        elif each.namespace == namespace:
            common.append(each)
        elif each.namespace == ROOT_NAMESPACE:
            root.append(each)
    for found in (own, common, root):
        if len(found) > 1:
            names = ", ".join(each.name for each in found)
            raise Refused(f"{namespace}: several Sidecars for one workload: {names}")
        if found:
            return Sight(found[0].spec, namespace)
    return Sight(None, namespace)
