"""The bench lays Parley out as deploy/kubernetes does."""

from typing import Any

import pytest
import yaml

from deploy.local.state import ROOT
from deploy.mesh.files import applied
from deploy.mesh.parley import CALLS, NAME, NAMESPACE, NAMESPACES, PORTS
from deploy.mesh.table.expected import CALLERS
from tools.kubernetes.manifests import read, text_of
from tools.mesh_check import system

BASE = ROOT / "deploy/kubernetes/base"
PROTOCOLS = {"grpc": "grpc", "kubernetes.io/h2c": "http2", "http": "http"}


def manifest(name: str, kind: str) -> dict[str, Any]:
    """Read a manifest of a part."""
    found: dict[str, Any] = yaml.safe_load((BASE / name / f"{kind}.yaml").read_text())
    return found


@pytest.mark.parametrize("name", CALLS)
def test_a_part_has_the_ports_that_its_service_has(name: str):
    service = manifest(name, "service")["spec"]
    ports = [
        (each["port"], PROTOCOLS[each["appProtocol"]]) for each in service["ports"]
    ]

    assert [(port.number, port.protocol) for port in PORTS[name]] == ports


@pytest.mark.parametrize("name", CALLS)
def test_a_part_has_the_label_and_the_account_that_its_pods_have(name: str):
    pod = manifest(name, "deployment")["spec"]["template"]

    assert pod["metadata"]["labels"][NAME] == name
    assert pod["spec"]["serviceAccountName"] == name
    assert CALLERS[name] == (NAMESPACE, name)


def test_parts_call_whom_the_checks_know_that_they_call():
    known = {
        name: {called for called in calls if called != "edge"}
        for name, calls in system.CALLS.items()
    }

    assert {name: set(calls) for name, calls in CALLS.items()} == known


def test_gateways_are_where_the_checks_know_them():
    gateways = (system.INGRESS_GATEWAY, system.EGRESS_GATEWAY)

    assert {each.namespace for each in gateways} == set(NAMESPACES.values())


@pytest.mark.parametrize(
    "folder",
    [
        "deploy/istio/base",
        "deploy/istio/overlays/example",
        "deploy/istio/overlays/canary",
        "deploy/istio/overlays/game-day",
        "deploy/istio/overlays/ambient",
        "deploy/mesh/policy",
    ],
)
def test_a_folder_is_put_together_as_kustomize_does(folder: str):
    def named(documents: list[Any]) -> dict[tuple[str, str, str], Any]:
        return {
            (
                each["kind"],
                each["metadata"]["namespace"],
                each["metadata"]["name"],
            ): each
            for each in documents
        }

    ours = [dict(each.written) for each in applied(ROOT / folder)]

    assert named(ours) == named(read(text_of(ROOT / folder)))
