"""PeerAuthentication: whether a workload takes calls without mutual TLS."""

from typing import Literal

from deploy.mesh.kinds.base import Part, Selector

Mode = Literal["UNSET", "DISABLE", "PERMISSIVE", "STRICT"]


class MutualTls(Part):
    """What is taken: mutual TLS alone, both, or plaintext alone."""

    mode: Mode = "UNSET"


class PeerAuthentication(Part):
    """The modes of a mesh, a namespace or a workload."""

    selector: Selector | None = None
    mtls: MutualTls = MutualTls()
    port_level_mtls: dict[int, MutualTls] = {}
