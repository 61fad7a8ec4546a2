"""Manifests and the mesh's policy speak of the same names, ports and identities."""

from urllib.parse import urlsplit

import pytest
import yaml

from tests.kubernetes.breaking import Break, add, drop, edge_flags, policy, put
from tools.kubernetes.besides import TRACKS, beside
from tools.kubernetes.manifests import (
    NAME,
    Manifest,
    built,
    find,
    of_kind,
    overlay,
    pods,
    read,
)
from tools.kubernetes.rules.mesh import ISTIO, disagreements, mesh, services
from tools.kubernetes.rules.scaling import connections
from tools.mesh_check.system import EGRESS_GATEWAY, PARTS, STORES

IN_THE_MESH = (
    "staging",
    "production",
    "two-regions/primary",
    "two-regions/standby",
    "two-regions/promoted",
)
ACCESS, RULE, NET = "AuthorizationPolicy", "DestinationRule", "NetworkPolicy"
FIRST_RULE = ("spec", "rules", 0, "from", 0, "source", "principals", 0)
POOL = ("spec", "trafficPolicy", "connectionPool", "http", "http2MaxRequests")
FIRST_ROUTE = ("spec", "http", 0, "route", 0, "destination", "port", "number")

# What is done to the manifests, or to the policy, and what is said then.
OURS: list[tuple[Break, str]] = [
    (drop("ServiceAccount", "llm"), "lets in llm, which is no account"),
    (put(50051, "Service", "chat", "spec", "ports", 0, "port"), "chat.parley.svc"),
    (
        put("pg.parley-data:5432", "ConfigMap", "places", "data", "postgres"),
        "the sidecar of auth does not see pg.parley-data",
    ),
    (drop(NET, "sidecars-to-keys-out"), "Egress: the sidecar of auth may not reach"),
    (drop(NET, "sidecars-to-keys-in"), "Ingress: the sidecar of auth may not reach"),
    (drop(NET, "outside-to-edge"), "the ingress gateway may not reach the edge"),
    (
        put(8443, NET, "llm-to-providers", "spec", "egress", 0, "ports", 0, "port"),
        "llm may reach istio-egress:8443, where nothing listens",
    ),
    (drop("ConfigMap", "ingress-gateway"), "Gateway ingress has no deployment: it is"),
    (edge_flags("20000", "1000"), "lets 20000 calls live, and the edge 1000"),
    (
        put(
            "providers: [{name: x, url: 'https://x.example/v1'}]",
            *("ConfigMap", "models", "data", "models.yaml"),
        ),
        "the provider x is asked at https://x.example/v1",
    ),
    (
        drop(
            *("Deployment", "chat", "spec", "template", "metadata", "annotations"),
            "traffic.sidecar.istio.io/excludeInboundPorts",
        ),
        "chat shows its metrics to the mesh alone",
    ),
    (
        drop("Namespace", "parley", "metadata", "labels", "istio-injection"),
        "not in the",
    ),
]
THEIRS: list[tuple[Break, str]] = [
    (
        put("cluster.local/ns/parley/sa/bot", ACCESS, "chat-may-generate", *FIRST_RULE),
        "lets in bot, which is no account",
    ),
    (put(1, RULE, "of-chat", *POOL), "lets 1 calls live, and the edge 20000"),
    (put("cat.parley.svc.cluster.local", RULE, "of-chat", "spec", "host"), "is about"),
    (put(50051, "VirtualService", "to-chat", *FIRST_ROUTE), "chat.parley.svc.cluster"),
    (
        put(
            {"app.kubernetes.io/name": "cat"},
            *(ACCESS, "edge-may-call-chat", "spec", "selector", "matchLabels"),
        ),
        "and no pod is so",
    ),
    (
        drop("Gateway", "egress", "spec", "infrastructure"),
        "Gateway egress has no horizontalPodAutoscaler: it is one pod",
    ),
    (drop("Sidecar", "llm-sees-providers-through-egress"), "the sidecar of llm does"),
    (drop("ServiceEntry", "openai"), "the provider openai is asked at"),
]


@pytest.mark.parametrize("name", IN_THE_MESH)
def test_an_environment_in_the_mesh_agrees_with_its_policy(name: str) -> None:
    assert list(disagreements(overlay(name), mesh())) == []


@pytest.mark.parametrize(("act", "said"), OURS, ids=[said for _, said in OURS])
def test_what_is_changed_here_alone_is_found(
    act: Break, said: str, production: list[Manifest]
) -> None:
    act(production)

    found = list(disagreements(production, mesh()))

    assert any(said in problem for problem in found), found


@pytest.mark.parametrize(("act", "said"), THEIRS, ids=[said for _, said in THEIRS])
def test_what_is_changed_in_the_mesh_alone_is_found(
    act: Break, said: str, production: list[Manifest]
) -> None:
    changed = mesh()
    act(changed)

    found = list(disagreements(production, changed))

    assert any(said in problem for problem in found), found


def test_a_migration_has_no_sidecar(production: list[Manifest]) -> None:
    job = find(production, "Job", "migrate-chat")
    del job["spec"]["template"]["metadata"]["labels"]["sidecar.istio.io/inject"]

    assert "members: migrate-chat has a sidecar" in disagreements(production, mesh())


def test_the_checks_of_the_mesh_know_the_same_services(
    production: list[Manifest],
) -> None:
    ours = services(production)

    assert {host.full: set(host.ports) for host in PARTS.values()} == ours


def test_the_checks_of_the_mesh_know_the_same_stores(
    production: list[Manifest],
) -> None:
    data = find(production, "ConfigMap", "places")["data"]
    places = {
        data["postgres"],
        data["redis"],
        urlsplit(data["milvus"]).netloc,
    }

    known = {
        f"{host.full}:{port}"
        for hosts in STORES.values()
        for host in hosts
        for port in host.ports
    }
    assert known == places


def test_llm_goes_out_by_the_port_of_the_egress_gateway(
    production: list[Manifest],
) -> None:
    out = find(production, NET, "llm-to-providers")["spec"]["egress"]

    assert {rule["ports"][0]["port"] for rule in out} == EGRESS_GATEWAY.ports


def test_a_way_that_leads_nowhere_is_found(production: list[Manifest]) -> None:
    add(policy("x", "llm", "istio-egress", 8080))(production)

    found = list(disagreements(production, mesh()))

    assert found == ["gateways: llm may reach istio-egress:8080, where nothing listens"]


@pytest.mark.parametrize("name", TRACKS)
def test_every_version_that_calls_are_sent_to_has_pods(name: str) -> None:
    labels = [
        owner["spec"]["template"]["metadata"]["labels"]
        for owner, _ in pods(beside(name))
    ]
    text = f"resources: [../base]\ncomponents: [../components/{name}]"
    policy = read(built(text, ISTIO))

    subsets = [
        {NAME: rule["spec"]["host"].partition(".")[0], **subset["labels"]}
        for rule in of_kind(policy, "DestinationRule")
        for subset in rule["spec"].get("subsets", [])
    ]

    assert len(subsets) == 2
    for subset in subsets:
        assert any(subset.items() <= own.items() for own in labels), subset


def test_a_version_on_trial_gets_what_the_first_one_has() -> None:
    (canary,) = (
        owner
        for owner, _ in pods(beside("canary-chat"))
        if owner["metadata"]["name"] == "chat-canary"
    )
    stable = find(beside("canary-chat"), "Deployment", "chat")
    spec = canary["spec"]["template"]["spec"]
    there = stable["spec"]["template"]["spec"]

    assert spec["containers"][0]["env"] == there["containers"][0]["env"]
    assert spec["securityContext"] == there["securityContext"]
    assert canary["spec"]["selector"] != stable["spec"]["selector"]
    about = canary["spec"]["template"]["metadata"]["annotations"]
    assert about == stable["spec"]["template"]["metadata"]["annotations"]


def test_services_behind_a_pooler_are_in_the_mesh_and_see_it() -> None:
    pooled = yaml.safe_load((ISTIO / "overlays/example/kustomization.yaml").read_text())
    pooled["components"][0] += "-and-pooler"
    del pooled["patches"]  # of the address, in files beside it
    policy = read(built(yaml.safe_dump(pooled), ISTIO / "overlays"))

    assert list(disagreements(beside("postgres-pooler"), policy)) == []
    assert "the sidecar of auth does not see postgres-pooler-rw" in "".join(
        disagreements(beside("postgres-pooler"), mesh())
    )


def test_a_pooler_has_as_many_connections_as_services_need() -> None:
    manifests = beside("postgres-pooler")

    assert list(connections(manifests)) == []
    pooler = find(manifests, "Pooler", "postgres-pooler-rw")
    pooler["spec"]["instances"] = 3
    assert list(connections(manifests)) == [
        "postgres-pooler-rw: has 855 of 600 connections; 530 are needed"
    ]
