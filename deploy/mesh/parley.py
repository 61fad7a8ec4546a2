"""Parley in a mesh: its workloads, who calls whom, and where all of it listens."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from deploy.mesh.cluster import Cluster, Instance, Locality, Port, Workload

NAMESPACE = "parley"
NAME = "app.kubernetes.io/name"
EDGE, WEB, AUTH, CHAT, LLM = "edge", "web", "auth", "chat", "llm"
INGRESS = "ingress"
SERVICES = (AUTH, CHAT, LLM)

PORTS: Mapping[str, Port] = MappingProxyType(
    {
        # Clients speak gRPC, gRPC-Web and JSON; its sidecar hands on all as HTTP/2.
        EDGE: Port(8080, "http2"),
        WEB: Port(3000, "http"),
        AUTH: Port(50051, "grpc"),
        CHAT: Port(50052, "grpc"),
        LLM: Port(50053, "grpc"),
    }
)
# Who calls whom: each of these calls has a socket at the caller's sidecar.
CALLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        INGRESS: (EDGE,),
        EDGE: (AUTH, CHAT, LLM, WEB),
        WEB: (),
        AUTH: (CHAT, LLM),
        CHAT: (AUTH, LLM),
        LLM: (AUTH, CHAT),
    }
)
# Not on a Unix socket, but on a port of the loopback that nobody else is told.
ON_A_PORT = (EDGE, WEB)
NAMESPACES: Mapping[str, str] = MappingProxyType({INGRESS: "istio-ingress"})

# Gives a name a port of the machine.
Ports = Callable[[str], int]
# An instance's own labels, and where it stands.
Standing = tuple[Mapping[str, str], Locality]
ANYWHERE: Standing = ({}, Locality())
NONE: Mapping[str, Mapping[str, Standing]] = MappingProxyType({})


def host(name: str) -> str:
    """Name a service as others call it."""
    return f"{name}.{NAMESPACES.get(name, NAMESPACE)}.svc.cluster.local"


def parley(
    folder: Path,
    port: Ports,
    instances: Mapping[str, Mapping[str, Standing]] = NONE,
    workloads: tuple[str, ...] = tuple(CALLS),
) -> Cluster:
    """
    Lay Parley out on this machine.

    `instances` names the instances of a workload that has not just one.
    """
    return Cluster(
        tuple(
            workload(name, folder, port, instances.get(name) or {name: ANYWHERE})
            for name in workloads
        )
    )


def workload(
    name: str, folder: Path, port: Ports, instances: Mapping[str, Standing]
) -> Workload:
    """Lay out one workload."""
    return Workload(
        name=name,
        namespace=NAMESPACES.get(name, NAMESPACE),
        account=name,
        labels={NAME: name},
        ports=(PORTS[name],) if name in PORTS else (),
        instances=tuple(
            instance(name, each, folder / each, port, standing)
            for each, standing in instances.items()
        ),
    )


def instance(
    workload: str, name: str, folder: Path, port: Ports, standing: Standing
) -> Instance:
    """Lay out one process and its sidecar: others reach a port, it a few sockets."""
    own = PORTS.get(workload)
    labels, locality = standing
    app = str(folder / "app.sock")
    if workload in ON_A_PORT:
        app = f"127.0.0.1:{port(f'{name}-app')}"
    return Instance(
        name=name,
        inbound={own.number: f"127.0.0.1:{port(f'{name}-sidecar')}"} if own else {},
        app={own.number: app} if own else {},
        outbound={
            (host(called), PORTS[called].number): str(folder / f"{called}.sock")
            for called in CALLS[workload]
        },
        labels=labels,
        locality=locality,
    )
