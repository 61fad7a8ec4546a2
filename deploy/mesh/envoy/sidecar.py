"""All that one sidecar is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy.mesh.cluster import Cluster, Instance, Workload
from deploy.mesh.envoy import gateway, inbound, outbound, outside
from deploy.mesh.envoy.clusters import clusters
from deploy.mesh.envoy.http import http2_options
from deploy.mesh.envoy.tls import SDS_CLUSTER
from deploy.mesh.envoy.typed import Config, Source, address
from deploy.mesh.resources import Mesh


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What changes whenever the policy does."""

    listeners: list[Config]
    clusters: list[Config]
    routes: Mapping[str, Config]


def sidecar(
    mesh: Mesh, cluster: Cluster, workload: Workload, instance: Instance, source: Source
) -> Configuration:
    """Translate the resources for one sidecar, or one proxy of a gateway."""
    known = outbound.known(mesh, cluster, workload, instance)
    if workload.gateway:
        listeners = gateway.listeners(mesh, workload, instance, source)
        configs = [*gateway.route_configs(mesh, workload, instance)]
        own = []
    else:
        taken = outbound.listeners(mesh, workload, instance, known, source)
        given = (
            inbound.listener(mesh, workload, instance, port) for port in workload.ports
        )
        listeners = [*given, *taken]
        configs = [*outbound.route_configs(mesh, workload, instance, known)]
        own = [
            inbound.cluster(mesh, workload, instance, port) for port in workload.ports
        ]
    return Configuration(
        listeners=listeners,
        clusters=[*own, *called(mesh, cluster, workload, instance, known)],
        routes={config["name"]: config for config in configs},
    )


def called(
    mesh: Mesh,
    cluster: Cluster,
    workload: Workload,
    instance: Instance,
    known: Sequence[outbound.Known],
) -> Iterator[Config]:
    """Write the clusters of whom a sidecar knows."""
    for each in known:
        if other := cluster.at(each.host):
            yield from clusters(mesh, workload, instance, other, each.port)
        else:
            found = outside.cluster_outside
            yield found(mesh, cluster, workload, each.host, each.port)
    closed = outbound.registry_only(mesh, workload, instance)
    if instance.anybody and not closed:
        yield outbound.passthrough()


def bootstrap(workload: Workload, instance: Instance, folder: str) -> Config:
    """
    Write what a sidecar knows before anything else: where to look for the rest.

    Certificates come over a socket of its own, as from the agent in its pod.
    """
    endpoint = {"endpoint": {"address": address(f"{folder}/sds.sock")}}
    agent = {
        "name": SDS_CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "typed_extension_protocol_options": http2_options(),
        "load_assignment": {
            "cluster_name": SDS_CLUSTER,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    }
    locality = instance.locality
    return {
        "node": {
            "id": f"sidecar~{instance.name}.{workload.namespace}",
            "cluster": f"{workload.name}.{workload.namespace}",
            "locality": {
                "region": locality.region,
                "zone": locality.zone,
                "sub_zone": locality.sub_zone,
            },
        },
        "admin": {"address": address(f"{folder}/admin.sock")},
        "dynamic_resources": {
            "cds_config": watched(f"{folder}/clusters.json"),
            "lds_config": watched(f"{folder}/listeners.json"),
        },
        "static_resources": {"clusters": [agent]},
    }


def watched(path: str) -> Config:
    """Read a file, and again whenever another takes its place."""
    return {"path_config_source": {"path": path}, "resource_api_version": "V3"}
