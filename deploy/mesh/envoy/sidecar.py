"""All that one sidecar is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.mesh.cluster import Cluster, Instance, Workload
from deploy.mesh.envoy import inbound, outbound
from deploy.mesh.envoy.clusters import clusters
from deploy.mesh.envoy.http import http2_options
from deploy.mesh.envoy.tls import SDS_CLUSTER
from deploy.mesh.envoy.typed import Config, address
from deploy.mesh.resources import Mesh

# Says where a route configuration of this name is found.
Source = Callable[[str], Config]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What changes whenever the policy does."""

    listeners: list[Config]
    clusters: list[Config]
    routes: Mapping[str, Config]


def sidecar(
    mesh: Mesh, cluster: Cluster, workload: Workload, instance: Instance, source: Source
) -> Sidecar:
    """Translate the resources for one sidecar."""
    called = [
        (host, outbound.port_of(cluster, host, number))
        for host, number in instance.outbound
    ]
    configs = [
        outbound.route_config(mesh, workload, instance, host, port)
        for host, port in called
    ]
    return Sidecar(
        listeners=[
            *(
                inbound.listener(mesh, workload, instance, each)
                for each in workload.ports
            ),
            *(
                outbound.listener(mesh, instance, host, port, source(config["name"]))
                for (host, port), config in zip(called, configs, strict=True)
            ),
        ],
        clusters=[
            *(
                inbound.cluster(mesh, workload, instance, each)
                for each in workload.ports
            ),
            *(
                written
                for other in cluster.workloads
                for written in clusters(mesh, workload, instance, other)
            ),
        ],
        routes={config["name"]: config for config in configs},
    )


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
