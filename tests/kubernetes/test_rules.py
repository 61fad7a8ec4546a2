"""Every rule holds in every environment, and finds what breaks it."""

import pytest

from tests.kubernetes.breaking import (
    Break,
    add,
    container,
    drop,
    edge_flags,
    pod,
    policy,
    put,
    variable,
)
from tools.kubernetes.manifests import OVERLAYS, Manifest, overlay
from tools.kubernetes.rules import RULES, findings
from tools.kubernetes.rules.scaling import no_streams

SECURITY = "securityContext"
HPA, PDB, NET = "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"
SIDECAR = (
    *("Deployment", "edge", "spec", "template", "metadata", "annotations"),
    "sidecar.istio.io/proxyMemoryLimit",
)
BINDING = {"kind": "ClusterRoleBinding", "metadata": {"name": "all"}}
UNKNOWN = {"type": "Pods", "pods": {"metric": {"name": "parley_unknown"}}}
LOOSE = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "chat"}}}

# What is done to the manifests of production, and what the rule says then.
BROKEN: dict[str, list[tuple[Break, str]]] = {
    "confined": [
        (put(False, *pod("chat", SECURITY, "runAsNonRoot")), "may run as root"),
        (drop(*pod("edge", SECURITY, "seccompProfile")), "no seccomp profile"),
        (drop(*pod("llm", "automountServiceAccountToken")), "gets a token"),
        (put(True, *pod("web", "hostNetwork")), "hostNetwork"),
        (put(True, *pod("web", "enableServiceLinks")), "variable for every Service"),
        (
            put(False, *container("auth", SECURITY, "readOnlyRootFilesystem")),
            "auth: securityContext.readOnlyRootFilesystem",
        ),
        (drop(*container("auth", SECURITY, "capabilities")), "capabilities"),
        (
            drop(*pod("chat", "initContainers", 0, SECURITY)),
            "tables: securityContext.allowPrivilegeEscalation",
        ),
        (
            drop(*pod("migrate-llm", "containers", 0, SECURITY, kind="Job")),
            "Job migrate-llm, migrate: securityContext",
        ),
        (put(8080, *container("edge", "ports", 0, "hostPort")), "port of the node"),
    ],
    "bounded": [
        (drop(*container("chat", "resources", "limits")), "no limits.memory"),
        (drop(*container("chat", "resources", "requests", "cpu")), "no requests.cpu"),
        (drop(*pod("llm", "volumes", 1, "emptyDir", "sizeLimit")), "fill the node"),
        (
            put({"name": "tmp", "hostPath": {"path": "/"}}, *pod("llm", "volumes", 1)),
            "the volume tmp is a hostPath",
        ),
        (drop(*pod("auth", "volumes", 1)), "mounts tmp, which is no volume"),
    ],
    "graces": [
        (put(75, *pod("chat", "terminationGracePeriodSeconds")), "but may take 80"),
        (put(30, *pod("auth", "terminationGracePeriodSeconds")), "but may take 45"),
        (put(75, *pod("llm", "terminationGracePeriodSeconds")), "but may take 80"),
        (put(70, *pod("edge", "terminationGracePeriodSeconds")), "but may take 79"),
        (variable("chat", "CHAT_DRAIN_SECONDS", "120"), "but may take 140"),
        (drop(*container("web", "lifecycle")), "web: is told to stop while"),
    ],
    "rollouts": [
        (
            drop("Deployment", "chat", "spec", "progressDeadlineSeconds"),
            "chat: gives up after 600 s; a migration may take 900 s",
        ),
    ],
    "probes": [
        (put(50051, *container("llm", "livenessProbe", "grpc", "port")), "livenessP"),
        (drop(*container("chat", "startupProbe")), "startupProbe asks nothing"),
        (put("/", *container("edge", "readinessProbe", "httpGet", "path")), "edge: r"),
        (
            put("http", *container("edge", "livenessProbe", "httpGet", "port")),
            "edge: livenessProbe asks",
        ),
    ],
    "identities": [
        (put("chat", *pod("llm", "serviceAccountName")), "does not run as llm"),
        (drop("ServiceAccount", "web"), "the account web: is missing"),
        (add(BINDING), "nobody needs rights"),
    ],
    "spread": [
        (drop(*pod("auth", "topologySpreadConstraints", 0)), "topology.kubernetes.io"),
    ],
    "images": [
        (put("parley/web", *container("web", "image")), "web: parley/web"),
        (put("parley/web:latest", *container("web", "image")), "web: parley/web:lat"),
    ],
    "settings": [
        (variable("auth", "AUTH_REFRESH_KEY_FILE", None), "KEY_FILE is missing"),
        (variable("llm", "LLM_BEATS", "1"), "LLM_BEATS is no setting of it"),
        (variable("edge", "EDGE_DRAIN", "1"), "EDGE_DRAIN is no setting of it"),
    ],
    "references": [
        (variable("chat", "REDIS_PASSWORD", "x"), "$(REDIS_PASSWORD) in CHAT_REDIS"),
    ],
    "replica-names": [
        (variable("chat", "CHAT_REPLICA_NAME", "chat"), "two processes would share"),
        (variable("chat", "CHAT_REPLICA_NAME", None), "two processes would share"),
    ],
    "config-maps": [
        (drop("ConfigMap", "places", "data", "redis"), "wants redis of places"),
        (drop("ConfigMap", "edge"), "there is no ConfigMap edge"),
    ],
    "secrets": [
        (drop("ExternalSecret", "auth", "spec", "data", 3), "refresh-key of the Sec"),
    ],
    "files": [
        (variable("llm", "LLM_SIGNING_KEY_FILE", "/run/key"), "where there is no fi"),
    ],
    "policies": [
        (drop(NET, "chat-to-llm-out"), "Egress: chat may not reach llm:50053"),
        (drop(NET, "chat-to-llm-in"), "Ingress: chat may not reach llm:50053"),
        (drop(NET, "llm-to-milvus"), "Egress: llm may not reach parley-data:19530"),
        (drop(NET, "migrate-to-postgres"), "Egress: migrate may not reach"),
        (
            add(policy("x", "web", "chat", 50052)),
            "Egress: web may reach chat:50052, and need not",
        ),
        (
            put(50051, NET, "edge-to-llm-in", "spec", "ingress", 0, "ports", 0, "port"),
            "Ingress: edge may not reach llm:50053",
        ),
    ],
    "surroundings": [
        (add(policy("x", "web", "internet", 443)), "Egress: web may reach internet"),
        (drop(NET, "edge-to-web-in", "spec", "ingress", 0, "from"), "anybody may rea"),
    ],
    "default-deny": [
        (drop(NET, "default-deny"), "parley-data: Ingress is not denied by default"),
        (
            put(["Egress"], NET, "parley/default-deny", "spec", "policyTypes"),
            "parley: Ingress is not denied by default",
        ),
    ],
    "ports": [
        (put(50051, "Service", "chat", "spec", "ports", 0, "port"), "no port 50052"),
        (variable("llm", "LLM_LISTEN_ADDRESS", "127.0.0.1:50053"), "llm: listens at"),
        (variable("llm", "LLM_METRICS_ADDRESS", "0.0.0.0:1"), "shows its metrics at"),
    ],
    "addresses": [
        (variable("chat", "CHAT_LLM_ADDRESS", "llm:50053"), "CHAT_LLM_ADDRESS is llm"),
        (edge_flags("svc.cluster.local:50052", "svc:50051"), "edge: looks for chat"),
        (edge_flags("--port 8080", "--port 80"), "edge: listens at 80"),
    ],
    "places": [
        (put("pg:5432", "ConfigMap", "places", "data", "postgres"), "postgres is pg"),
    ],
    "operators": [
        (drop(NET, "milvus-etcd"), "milvus-operator may not reach"),
        (drop(NET, "redis-sentinels"), "{'app': 'redis-s'} at 26379"),
        (
            put(
                {"app": "redis"}, NET, "postgres", "spec", "podSelector", "matchLabels"
            ),
            "cnpg-system may not reach",
        ),
    ],
    "autoscalers": [
        (put(2, "Deployment", "chat", "spec", "replicas"), "undoes the scaling"),
        (put(99, HPA, "chat", "spec", "minReplicas"), "chat: from 99 to 12"),
        (put(UNKNOWN, HPA, "llm", "spec", "metrics", 0), "nobody knows the metric"),
        (drop(HPA, "llm", "spec", "metrics", 1), "no metric of type ContainerRes"),
    ],
    "budgets": [
        (drop(PDB, "edge"), "edge: a drained node may take several"),
        (drop(PDB, "llm", "spec", "unhealthyPodEvictionPolicy"), "never gets well"),
    ],
    "connections": [
        (put(40, HPA, "chat", "spec", "maxReplicas"), "PostgreSQL takes 600"),
    ],
    "memory": [
        (edge_flags("2147483648", "2684354560"), "leaves no room"),
        (drop(*SIDECAR), "edge: 1392640000 bytes of streams leave no room in a sidec"),
    ],
}
# Reads no manifests, but a file beside them.
APART = {"metrics"}

CASES = [
    pytest.param(rule, act, said, id=f"{rule}: {said}")
    for rule, cases in BROKEN.items()
    for act, said in cases
]


@pytest.mark.asvs("13.2.2", "13.2.5")
@pytest.mark.parametrize("name", OVERLAYS)
def test_every_rule_holds_in_every_environment(name: str) -> None:
    assert list(findings(overlay(name))) == []


@pytest.mark.parametrize(("rule", "act", "said"), CASES)
def test_a_rule_finds_what_breaks_it(
    rule: str, act: Break, said: str, production: list[Manifest]
) -> None:
    act(production)

    found = list(RULES[rule](production))

    assert any(said in problem for problem in found), found


def test_where_milvus_has_its_bucket_in_the_cluster_its_operator_reaches_it() -> None:
    dev = overlay("dev")
    drop(NET, "milvus-minio")(dev)

    (problem,) = RULES["operators"](dev)
    assert "'minio', 'release': 'parley-minio'} at 9000" in problem


def test_only_rpcs_that_stream_are_counted_as_replies() -> None:
    asked = {"live": 'running{grpc_method=~"SendMessage|GetMessage|Sing"}'}

    assert list(no_streams(asked)) == [
        "live: GetMessage is no RPC that streams",
        "live: Sing is no RPC that streams",
    ]


def test_every_rule_has_something_that_breaks_it() -> None:
    assert BROKEN.keys() == RULES.keys() - APART
