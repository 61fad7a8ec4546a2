"""The replicas that a policy asks for: one at least of each version that it names."""

from collections.abc import Mapping
from itertools import cycle, islice

from deploy.local.replicas import replica_names
from deploy.mesh.cluster import Cluster, Locality
from deploy.mesh.envoy.clusters import full_name
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.destinations import DestinationRule
from deploy.mesh.kinds.gateways import Gateway
from deploy.mesh.parley import SERVICES, Standing, host
from deploy.mesh.resources import Mesh

Labels = Mapping[str, str]


def versions(mesh: Mesh) -> dict[str, list[Labels]]:
    """List the labels of the versions of each service that a policy tells apart."""
    found: dict[str, list[Labels]] = {}
    for each in mesh.of(DestinationRule):
        for service in SERVICES:
            if full_name(each.spec.host, each.namespace) == host(service):
                labels = [subset.labels for subset in each.spec.subsets]
                found[service] = [*found.get(service, []), *labels]
    return {service: labels for service, labels in found.items() if labels}


def replicas(mesh: Mesh, least: int = 1) -> dict[str, dict[str, Labels]]:
    """Name the replicas of each service, and say of which version each is."""
    found = {}
    for service in SERVICES:
        labels = versions(mesh).get(service) or [{}]
        count = max(least, len(labels))
        names = replica_names(service, count)
        found[service] = dict(zip(names, islice(cycle(labels), count), strict=True))
    return found


def standings(
    named: Mapping[str, Mapping[str, Labels]],
) -> dict[str, dict[str, Standing]]:
    """Have each replica stand anywhere."""
    return {
        service: {name: (labels, Locality()) for name, labels in own.items()}
        for service, own in named.items()
    }


def refuse_what_nobody_runs(mesh: Mesh, cluster: Cluster) -> None:
    """Refuse a policy for a Gateway without a proxy, or a version that nobody is of."""
    proxies = {(each.namespace, each.gateway) for each in cluster.workloads}
    for gateway in mesh.of(Gateway):
        if (gateway.namespace, gateway.name) not in proxies:
            raise Refused(
                f"Gateway {gateway.namespace}/{gateway.name}: the bench has no proxy "
                "for it"
            )
    for each in mesh.of(DestinationRule):
        workload = cluster.at(full_name(each.spec.host, each.namespace))
        for subset in each.spec.subsets if workload else ():
            if workload and not any(
                subset.labels.items() <= workload.labels_of(instance).items()
                for instance in workload.instances
            ):
                raise Refused(
                    f"DestinationRule {each.namespace}/{each.name}: subset "
                    f"{subset.name} selects no replica of {workload.name} that runs; "
                    "to have one, start the mesh anew"
                )
