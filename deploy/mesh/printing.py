"""What the policy turns into for one workload: `make mesh ARGS="--print chat"`."""

from functools import partial
from itertools import count
from pathlib import Path

import yaml

from deploy.mesh.cluster import Cluster
from deploy.mesh.envoy.sidecar import sidecar
from deploy.mesh.envoy.typed import Config
from deploy.mesh.files import route
from deploy.mesh.parley import parley
from deploy.mesh.resources import Mesh

FOLDER = Path("/run/parley/mesh")
FIRST_PORT = 20_000
HEAD = """\
# What `{policy}` turns into for the Envoy beside {name}: {spiffe_id}
# Ports and paths are examples; in a running mesh, the same stands in its state folder.
"""


def example() -> Cluster:
    """Lay a mesh out that does not run."""
    numbers = count(FIRST_PORT)
    ports: dict[str, int] = {}
    return parley(FOLDER, lambda name: ports.setdefault(name, next(numbers)))


def printed(mesh: Mesh, policy: Path, name: str) -> str:
    """Write the configuration of a workload's Envoy as YAML."""
    cluster = example()
    found = [
        (workload, instance)
        for workload in cluster.workloads
        for instance in workload.instances
    ]
    for workload, instance in found:
        if name in (workload.name, instance.name):
            folder = FOLDER / instance.name
            told = sidecar(mesh, cluster, workload, instance, partial(route, folder))
            config = {
                "listeners": told.listeners,
                "routes": [*told.routes.values()],
                "clusters": told.clusters,
            }
            head = HEAD.format(policy=policy, name=name, spiffe_id=workload.spiffe_id)
            return head + dumped(config)
    known = ", ".join(sorted(instance.name for _, instance in found))
    raise SystemExit(f"There is no {name!r} in the mesh. There are: {known}")


def dumped(config: Config) -> str:
    """Write YAML that is read from top to bottom: nothing is referred to."""
    return yaml.dump(config, Dumper=Plain, sort_keys=False, width=100)


class Plain(yaml.SafeDumper):
    """Writes what occurs twice twice."""

    def ignore_aliases(self, data: object) -> bool:
        """Refer to nothing."""
        return True
