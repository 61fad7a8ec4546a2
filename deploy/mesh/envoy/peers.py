"""PeerAuthentication, as filter chains of a port (security/authn/policy_applier.go)."""

from collections.abc import Sequence
from typing import Literal

from deploy.mesh.cluster import ROOT_NAMESPACE
from deploy.mesh.envoy import tls
from deploy.mesh.envoy.typed import Config, typed
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.peers import PeerAuthentication
from deploy.mesh.resources import Resource, selector_of

Chosen = Literal["DISABLE", "PERMISSIVE", "STRICT"]
Policies = Sequence[Resource[PeerAuthentication]]

TLS_INSPECTOR = typed(
    "envoy.filters.listener.tls_inspector",
    "extensions.filters.listener.tls_inspector.v3.TlsInspector",
)


def mode_of(policies: Policies, port: int) -> Chosen:
    """
    Return the mode of a port: the narrowest policy that says one.

    Mesh, namespace, workload, port; PERMISSIVE if none says anything
    (ComposePeerAuthentication). One of the root namespace that selects says nothing.
    """
    mesh: list[PeerAuthentication] = []
    namespace: list[PeerAuthentication] = []
    workload: list[PeerAuthentication] = []
    for each in policies:
        if selector_of(each.spec).match_labels:
            if each.namespace != ROOT_NAMESPACE:
                workload.append(each.spec)
        elif each.namespace == ROOT_NAMESPACE:
            mesh.append(each.spec)
        else:
            namespace.append(each.spec)
    mode: Chosen = "PERMISSIVE"
    for scope, found in (
        ("mesh", mesh),
        ("namespace", namespace),
        ("workload", workload),
    ):
        if len(found) > 1:
            raise Refused(
                f"there are {len(found)} PeerAuthentications for one {scope}: Istio "
                "takes the oldest, and files have no age"
            )
        for spec in found:
            if spec.mtls.mode != "UNSET":
                mode = spec.mtls.mode
    for spec in workload:
        own = spec.port_level_mtls.get(port)
        if own and own.mode != "UNSET":
            mode = own.mode
    return mode


def filter_chains(mode: Chosen, oldest: str, filters: Sequence[Config]) -> list[Config]:
    """
    Write how connections are taken (networking/core/filterchain_options.go).

    A connection that no chain matches is closed.
    """
    mutual: Config = {
        "filter_chain_match": {"transport_protocol": "tls"},
        "transport_socket": tls.inbound(oldest),
        "filters": [*filters],
    }
    plain: Config = {
        "filter_chain_match": {"transport_protocol": "raw_buffer"},
        "filters": [*filters],
    }
    return {
        "STRICT": [mutual],
        "PERMISSIVE": [mutual, plain],
        "DISABLE": [plain],
    }[mode]
