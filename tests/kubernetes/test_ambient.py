"""Without sidecars, calls go through the waypoint, and network policies let them."""

import pytest

from tests.kubernetes.breaking import Break, drop
from tools.kubernetes.besides import beside
from tools.kubernetes.manifests import find, of_kind
from tools.kubernetes.rules.mesh import GATEWAY, ambient, mesh_of

NET = "NetworkPolicy"
LABELS = ("Namespace", "parley", "metadata", "labels")
BROKEN: list[tuple[Break, str]] = [
    (drop(NET, "parts-to-waypoint"), "chat may not reach waypoint:15008"),
    (drop(NET, "waypoint-to-parts"), "waypoint may not reach chat:15008"),
    (drop(NET, "waypoint"), "the waypoint may not reach istiod"),
    (drop(NET, "waypoint"), "the ingress gateway may not reach the waypoint"),
    (drop(*LABELS, "istio.io/use-waypoint"), "istio.io/use-waypoint: waypoint"),
]


def test_every_call_has_its_way_through_the_waypoint() -> None:
    assert list(ambient(beside("mesh-ambient"))) == []


def test_every_gateway_runs_as_somebody_says() -> None:
    made = {
        (found["metadata"]["namespace"], found["metadata"]["name"])
        for found in of_kind(beside("mesh-ambient"), "ConfigMap")
    }
    asked = {
        (found["metadata"]["namespace"], like["name"])
        for found in of_kind(mesh_of("ambient"), "Gateway")
        if (like := found["spec"].get("infrastructure", {}).get("parametersRef"))
    }

    assert len(asked) >= 2
    assert asked <= made


def test_it_is_the_waypoint_of_the_policy() -> None:
    gateway = find(mesh_of("ambient"), "Gateway", "waypoint")

    assert gateway["metadata"]["namespace"] == "parley"
    assert [each["port"] for each in gateway["spec"]["listeners"]] == [15008]


def test_the_waypoint_is_more_than_one_pod() -> None:
    like = find(beside("mesh-ambient"), "ConfigMap", "waypoint-gateway")

    assert like["data"].keys() >= GATEWAY


def test_a_migration_is_not_in_the_mesh() -> None:
    job = find(beside("mesh-ambient"), "Job", "migrate-chat")

    labels = job["spec"]["template"]["metadata"]["labels"]
    assert labels["istio.io/dataplane-mode"] == "none"


@pytest.mark.parametrize(("act", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_way_that_is_missing_is_found(act: Break, said: str) -> None:
    manifests = beside("mesh-ambient")

    act(manifests)

    assert any(said in problem for problem in ambient(manifests))
