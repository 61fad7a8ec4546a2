"""Parley in a mesh: its workloads, who calls whom, and where all of it listens."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from deploy.mesh.cluster import (
    PUBLIC_ROOTS,
    TRUST_DOMAIN,
    Cluster,
    Instance,
    Locality,
    Port,
    Workload,
)

NAMESPACE = "parley"
NAME = "app.kubernetes.io/name"
GATEWAY = "gateway.networking.k8s.io/gateway-name"
EDGE, WEB, AUTH, CHAT, LLM = "edge", "web", "auth", "chat", "llm"
INGRESS, EGRESS = "ingress", "egress"
SERVICES = (AUTH, CHAT, LLM)
# What Istio calls the service that it makes of a Gateway of its class.
PROXIES_OF = "{gateway}-istio"

METRICS = Port(9464, "http")
# As in deploy/kubernetes/; the first is where others call.
PORTS: Mapping[str, tuple[Port, ...]] = MappingProxyType(
    {
        # Clients speak gRPC, gRPC-Web and JSON; its sidecar hands on all as HTTP/2.
        EDGE: (Port(8080, "http2"), METRICS),
        WEB: (Port(3000, "http"),),
        AUTH: (Port(50051, "grpc"), METRICS),
        CHAT: (Port(50052, "grpc"), METRICS),
        LLM: (Port(50053, "grpc"), METRICS),
        # Its listener is HTTPS, so Istio speaks HTTP/1.1 over mutual TLS to it; the
        # policy asks for HTTP/2.
        EGRESS: (Port(443, "http"),),
    }
)
# Who calls whom: each of these calls has a socket at the caller's sidecar.
CALLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        EDGE: (AUTH, CHAT, LLM, WEB),
        WEB: (),
        AUTH: (CHAT, LLM),
        CHAT: (AUTH, LLM),
        LLM: (AUTH, CHAT),
    }
)
# Gateways, and on which ports they listen.
GATEWAYS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {INGRESS: (443, 80), EGRESS: (443,)}
)
NAMESPACES: Mapping[str, str] = MappingProxyType(
    {INGRESS: "istio-ingress", EGRESS: "istio-egress"}
)
# Not on a Unix socket, but on a port of the loopback that nobody else is told.
ON_A_PORT = (EDGE, WEB)

# Gives a name a port of the machine.
Ports = Callable[[str], int]
# An instance's own labels, and where it stands.
Standing = tuple[Mapping[str, str], Locality]
ANYWHERE: Standing = ({}, Locality())
NONE: Mapping[str, Mapping[str, Standing]] = MappingProxyType({})
NOWHERE: Mapping[tuple[str, int], str] = MappingProxyType({})
# Who is outside, and may be called by llm: components/providers of deploy/istio.
PROVIDERS = (
    "api.openai.com",
    "api.anthropic.com",
    "generativelanguage.googleapis.com",
)


def host(name: str) -> str:
    """Name a service as others call it."""
    return f"{name}.{NAMESPACE}.svc.{TRUST_DOMAIN}"


def parley(
    folder: Path,
    port: Ports,
    instances: Mapping[str, Mapping[str, Standing]] = NONE,
    outside: Mapping[tuple[str, int], str] = NOWHERE,
    public_roots: str = PUBLIC_ROOTS,
) -> Cluster:
    """
    Lay Parley out on this machine.

    `instances` names the instances of a workload that has not just one; `outside` says
    where the machine finds whom it does not find by name.
    """
    return Cluster(
        (
            *(gateway(name, port) for name in GATEWAYS),
            *(
                workload(name, folder, port, instances.get(name) or {name: ANYWHERE})
                for name in CALLS
            ),
        ),
        outside,
        public_roots,
    )


def gateway(name: str, port: Ports) -> Workload:
    """Lay out the one proxy of a gateway."""
    proxy = Instance(
        name=name,
        inbound={
            number: f"127.0.0.1:{port(f'{name}-{number}')}" for number in GATEWAYS[name]
        },
        plain={443: f"127.0.0.1:{port(f'{name}-plain')}"} if name == INGRESS else {},
    )
    return Workload(
        name=PROXIES_OF.format(gateway=name),
        namespace=NAMESPACES[name],
        account=name,
        labels={GATEWAY: name},
        ports=PORTS.get(name, ()),
        instances=(proxy,),
        gateway=name,
    )


def workload(
    name: str, folder: Path, port: Ports, instances: Mapping[str, Standing]
) -> Workload:
    """Lay out one workload."""
    return Workload(
        name=name,
        namespace=NAMESPACE,
        account=name,
        labels={NAME: name},
        ports=PORTS[name],
        instances=tuple(
            instance(name, each, folder / each, port, standing)
            for each, standing in instances.items()
        ),
    )


def instance(
    workload: str, name: str, folder: Path, port: Ports, standing: Standing
) -> Instance:
    """Lay out one process and its sidecar: others reach a port, it a few sockets."""
    own = PORTS[workload][0].number
    labels, locality = standing
    app = str(folder / "app.sock")
    if workload in ON_A_PORT:
        app = f"127.0.0.1:{port(f'{name}-app')}"
    calls: dict[tuple[str, int], str] = {
        (host(called), PORTS[called][0].number): str(folder / f"{called}.sock")
        for called in CALLS[workload]
    }
    anybody = None
    if workload == LLM:
        # Its client of HTTP takes no sockets.
        anybody = f"127.0.0.1:{port(f'{name}-outside')}"
        calls |= {
            (provider, 80): f"127.0.0.1:{port(f'{name}-{provider}')}"
            for provider in PROVIDERS
        }
    inbound = {own: f"127.0.0.1:{port(f'{name}-sidecar')}"}
    apps = {own: app}
    if METRICS in PORTS[workload]:
        # What is beside a service for metrics listens on a port, as by `make up`.
        inbound[METRICS.number] = f"127.0.0.1:{port(f'{name}-sidecar-metrics')}"
        apps[METRICS.number] = f"127.0.0.1:{port(f'{name}-metrics')}"
    return Instance(
        name=name,
        inbound=inbound,
        app=apps,
        outbound=calls,
        anybody=anybody,
        labels=labels,
        locality=locality,
    )
