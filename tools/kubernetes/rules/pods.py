"""What every pod of Parley keeps to."""

from collections.abc import Iterator
from typing import Any

from deploy.local.parts import HAND_OVER_SECONDS
from services.kit.server import DRAIN_SECONDS
from tools.kubernetes.manifests import (
    NAME,
    PARTS,
    SERVICES,
    Manifest,
    Manifests,
    containers,
    find,
    of_kind,
    pods,
    variables,
)

ROOM_SECONDS = 3  # beyond what a drain may take


def confined(manifests: Manifests) -> Iterator[str]:
    """Each pod is `restricted`, writes nowhere but to its volumes, and asks nobody."""
    for owner, pod in pods(manifests):
        where = f"{owner['kind']} {owner['metadata']['name']}"
        context = pod.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
            yield f"{where}: may run as root"
        if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{where}: has no seccomp profile"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{where}: gets a token for the Kubernetes API"
        if pod.get("enableServiceLinks") is not False:
            yield f"{where}: gets a variable for every Service"
        for name in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
            if pod.get(name):
                yield f"{where}: {name}"
        for container in containers(pod):
            for problem in loose(container):
                yield f"{where}, {container['name']}: {problem}"


def loose(container: Manifest) -> Iterator[str]:
    """Say what a container could do that it need not."""
    context = container.get("securityContext", {})
    expected = {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for field, value in expected.items():
        if context.get(field) != value:
            yield f"securityContext.{field} is not {value}"
    if any(port.get("hostPort") for port in container.get("ports", [])):
        yield "takes a port of the node"


def bounded(manifests: Manifests) -> Iterator[str]:
    """Each container says what it needs and may have; each volume how large it is."""
    for owner, pod in pods(manifests):
        where = f"{owner['kind']} {owner['metadata']['name']}"
        for container in containers(pod):
            resources = container.get("resources", {})
            for path in (
                ("requests", "cpu"),
                ("requests", "memory"),
                ("limits", "memory"),
            ):
                if path[1] not in resources.get(path[0], {}):
                    yield f"{where}, {container['name']}: no {'.'.join(path)}"
        for volume in pod.get("volumes", []):
            kind = (volume.keys() - {"name"}).pop()
            if kind not in ("emptyDir", "secret", "configMap"):
                yield f"{where}: the volume {volume['name']} is a {kind}"
            if kind == "emptyDir" and not volume[kind].get("sizeLimit"):
                yield f"{where}: the volume {volume['name']} may fill the node"
        named = {volume["name"] for volume in pod.get("volumes", [])}
        for container in containers(pod):
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in named:
                    yield f"{where}: mounts {mount['name']}, which is no volume"


def graces(manifests: Manifests) -> Iterator[str]:
    """Nobody is killed who is still draining, and Services forget them before."""
    for part in PARTS:
        pod = find(manifests, "Deployment", part)["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        before = (
            container.get("lifecycle", {})
            .get("preStop", {})
            .get("sleep", {})
            .get("seconds", 0)
        )
        if before < 5:
            yield f"{part}: is told to stop while Services still send it calls"
        grace = pod.get("terminationGracePeriodSeconds", 30)
        needed = before + longest_drain(part, variables(container)) + ROOM_SECONDS
        if grace < needed:
            yield f"{part}: is killed after {grace} s, but may take {needed:.0f}"


def longest_drain(part: str, given: Manifest) -> float:
    """Return how long a part may take from the signal to its end."""
    if part == "web":
        return 5  # the largest of its files, to a slow reader
    prefix = part.upper()
    notice = float(given.get(f"{prefix}_NOTICE_SECONDS", 0))
    drain = float(given.get(f"{prefix}_DRAIN_SECONDS", DRAIN_SECONDS))
    return notice + drain + HAND_OVER_SECONDS


def rollouts(manifests: Manifests) -> Iterator[str]:
    """A rollout waits for its tables for as long as a migration may take."""
    longest = max(
        (job["spec"]["activeDeadlineSeconds"] for job in of_kind(manifests, "Job")),
        default=0,
    )
    for service in SERVICES:
        spec = find(manifests, "Deployment", service)["spec"]
        patience = spec.get("progressDeadlineSeconds", 600)
        if patience <= longest:
            why = f"a migration may take {longest} s"
            yield f"{service}: gives up after {patience} s; {why}"


def probes(manifests: Manifests) -> Iterator[str]:
    """
    Each part is asked where it answers: services over gRPC, the others over HTTP.

    Whether the edge lives is not asked where it refuses calls when it is full.
    """
    for part in PARTS:
        pod = find(manifests, "Deployment", part)["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = container.get(kind, {})
            asked = probe.get("grpc") or probe.get("httpGet") or {}
            expected: dict[str, Any] = (
                {"grpc": {"port": ports["grpc"]}}
                if part in SERVICES
                else {"httpGet": {"port": "http", "path": "/healthz"}}
            )
            if (part, kind) == ("edge", "livenessProbe"):
                expected = {"httpGet": {"port": "http-metrics", "path": "/livez"}}
            if any(probe.get(key) != value for key, value in expected.items()):
                yield f"{part}: {kind} asks {asked or 'nothing'}"


def identities(manifests: Manifests) -> Iterator[str]:
    """Each part runs as its own account, which exists and has no rights."""
    accounts = {
        account["metadata"]["name"]: account
        for account in of_kind(manifests, "ServiceAccount")
    }
    for owner, pod in pods(manifests):
        name = owner["spec"]["template"]["metadata"]["labels"][NAME]
        if pod.get("serviceAccountName") != name:
            yield f"{owner['metadata']['name']}: does not run as {name}"
        if accounts.get(name, {}).get("automountServiceAccountToken") is not False:
            yield f"the account {name}: is missing, or gives pods a token"
    for binding in of_kind(manifests, "RoleBinding", "ClusterRoleBinding"):
        yield f"{binding['kind']} {binding['metadata']['name']}: nobody needs rights"


def spread(manifests: Manifests) -> Iterator[str]:
    """Replicas are spread over zones and nodes."""
    for part in PARTS:
        pod = find(manifests, "Deployment", part)["spec"]["template"]["spec"]
        found = {
            each["topologyKey"]
            for each in pod.get("topologySpreadConstraints", [])
            if each["labelSelector"] == {"matchLabels": {NAME: part}}
        }
        for key in {"topology.kubernetes.io/zone", "kubernetes.io/hostname"} - found:
            yield f"{part}: is not spread over {key}"


def images(manifests: Manifests) -> Iterator[str]:
    """Each image has a version."""
    for owner, pod in pods(manifests):
        for container in containers(pod):
            _, _, last = container["image"].rpartition("/")
            version = last.partition("@")[2] or last.partition(":")[2]
            if not version or version == "latest":
                yield f"{owner['metadata']['name']}: {container['image']}"
