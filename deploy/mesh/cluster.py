"""What stands in the cluster: services, their instances, and where each one listens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

TRUST_DOMAIN = "cluster.local"
# Where policies are for the whole mesh (MeshConfig.rootNamespace).
ROOT_NAMESPACE = "istio-system"

# What Debian and its like trust.
PUBLIC_ROOTS = "/etc/ssl/certs/ca-certificates.crt"

Protocol = Literal["grpc", "http2", "http"]


@dataclass(frozen=True, slots=True)
class Locality:
    """Where an instance stands."""

    region: str = ""
    zone: str = ""
    sub_zone: str = ""


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a service, which is also the port of each of its instances."""

    number: int
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class Instance:
    """One process of a workload: what is a pod on a cluster."""

    name: str
    # Port of the service → where its sidecar listens, `host:port`, for all others.
    inbound: Mapping[int, str] = field(default_factory=dict)
    # Port of the service → where the process itself listens: a Unix socket, or
    # `host:port`. Nobody is told but its sidecar.
    app: Mapping[int, str] = field(default_factory=dict)
    # Host and port of what it calls → where its own sidecar takes those calls.
    outbound: Mapping[tuple[str, int], str] = field(default_factory=dict)
    # Where its sidecar takes calls over HTTP to port 80 of anybody, if it does.
    anybody: str | None = None
    # Of a gateway: port → where it takes without TLS what comes to the port with it,
    # so that a browser on this machine needs no certificate. The bench's own addition.
    plain: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    locality: Locality = Locality()


@dataclass(frozen=True, slots=True)
class Workload:
    """A service, its instances, and who they are."""

    name: str
    namespace: str
    account: str
    ports: Sequence[Port] = ()
    instances: Sequence[Instance] = ()
    # Of every instance, beside its own.
    labels: Mapping[str, str] = field(default_factory=dict)
    # The Gateway that its instances are the proxies of; empty for sidecars.
    gateway: str = ""

    @property
    def host(self) -> str:
        """The name by which others call it."""
        return f"{self.name}.{self.namespace}.svc.{TRUST_DOMAIN}"

    @property
    def spiffe_id(self) -> str:
        """Who its certificates say it is."""
        return spiffe_id(self.namespace, self.account)

    def labels_of(self, instance: Instance) -> dict[str, str]:
        """All labels of an instance."""
        return {**self.labels, **instance.labels}


@dataclass(frozen=True, slots=True)
class Cluster:
    """All workloads, and who is outside."""

    workloads: Sequence[Workload]
    # Host and port of somebody outside → where this machine finds them, if not by name.
    outside: Mapping[tuple[str, int], str] = field(default_factory=dict)
    # A file with the authorities that everybody trusts.
    public_roots: str = PUBLIC_ROOTS

    def instances(self) -> Iterator[tuple[Workload, Instance]]:
        """List every instance with its workload."""
        for workload in self.workloads:
            for instance in workload.instances:
                yield workload, instance

    def at(self, host: str) -> Workload | None:
        """Find the workload that a host name names."""
        return next((each for each in self.workloads if each.host == host), None)


def spiffe_id(namespace: str, account: str) -> str:
    """Name a service account as certificates do (SPIFFE, as Istio writes it)."""
    return f"spiffe://{TRUST_DOMAIN}/ns/{namespace}/sa/{account}"
