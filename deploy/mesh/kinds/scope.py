"""Sidecar: whom a workload's sidecar knows."""

from typing import Literal

from deploy.mesh.kinds.base import Part
from deploy.mesh.kinds.config import OutboundTrafficPolicy


class WorkloadSelector(Part):
    """The workloads that it is for."""

    labels: dict[str, str] = {}


class EgressPort(Part):
    """The one port that hosts are known on."""

    number: int
    protocol: Literal["HTTP", "TCP"]
    name: str


class Egress(Part):
    """Hosts as `namespace/host`; `*` and `.` are namespaces, `~/*` is nobody."""

    port: EgressPort | None = None
    hosts: list[str]


class Scope(Part):
    """The kind `Sidecar`."""

    workload_selector: WorkloadSelector = WorkloadSelector()
    outbound_traffic_policy: OutboundTrafficPolicy | None = None
    egress: list[Egress] = []
