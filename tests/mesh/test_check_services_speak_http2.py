"""A Service of the cluster that does not say what it speaks is found."""

from pathlib import Path

import pytest
import yaml

from tests.mesh.breaking import shipped
from tools.mesh_check.resource import Finding
from tools.mesh_check.rules import services_speak_http2 as rule

GOOD = {
    "edge": [(8080, "kubernetes.io/h2c"), (9464, "http")],
    "chat": [(50052, "grpc"), (9464, "http")],
}


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Look at Services with these ports."""
    monkeypatch.setattr(rule, "ROOT", tmp_path)
    monkeypatch.setattr(rule, "KUBERNETES", tmp_path)

    def look(name: str, ports: list[tuple[int, str]], **spec: object) -> list[Finding]:
        service = {
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {
                "ports": [{"port": port, "appProtocol": said} for port, said in ports],
                **spec,
            },
        }
        (tmp_path / "service.yaml").write_text(yaml.safe_dump(service))
        return list(rule.check_files(shipped(), frozenset()))

    return look


@pytest.mark.parametrize("name", GOOD)
def test_a_service_that_says_it_is_right(found, name: str) -> None:
    assert found(name, GOOD[name]) == []


def test_an_edge_that_speaks_http_1_loses_grpc(found) -> None:
    [finding] = found("edge", [(8080, "http"), (9464, "http")])

    assert finding.write == "`appProtocol: http2`"


def test_a_port_that_says_nothing_is_found(found) -> None:
    assert found("chat", [(50052, ""), (9464, "http")])


def test_a_port_that_no_policy_knows_is_found(found) -> None:
    assert found("chat", [*GOOD["chat"], (22, "tcp")])


def test_a_headless_service_is_found(found) -> None:
    assert found("chat", GOOD["chat"], clusterIP="None")


def test_another_service_is_not_looked_at(found) -> None:
    assert found("grafana", [(3001, "http")]) == []
