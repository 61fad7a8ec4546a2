"""What people who run Parley are told is so."""

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

import services.auth.__main__
import services.chat.__main__
import services.llm.__main__  # noqa: F401  # each says which metrics it has
from tests.kubernetes.documents import OPERATIONS, OWNERS, metrics, pages, told_of
from tools.kubernetes.manifests import OVERLAYS, ROOT, of_kind, overlay
from tools.kubernetes.rules.mesh import mesh
from tools.kubernetes.rules.pods import longest_drain

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(
    r"`((?:deploy|docs|edge|services|tests|tools|requirements|components|overlays)/"
    r"[\w./-]+)`"
)
ROW = re.compile(r"`(\\\|.*?\\\|)`")


def test_every_metric_of_a_service_is_one() -> None:
    known = {
        sample
        for metric in REGISTRY.collect()
        for sample in (
            metric.name,
            f"{metric.name}_total",
            f"{metric.name}_bucket",
            f"{metric.name}_count",
        )
    }
    # Names that begin like metrics.
    besides = {"llm_environment"}

    asked = {name for name in metrics() if not name.startswith("envoy_")}

    assert asked - known - besides == set()
    assert len(asked) > 10


def test_whoever_has_a_metric_that_people_are_told_of_is_asked_for_it() -> None:
    monitors = {
        found["metadata"]["name"]
        for found in of_kind(overlay("production"), "PodMonitor", "ServiceMonitor")
    }

    assert {
        monitor for prefix, monitor in OWNERS.items() if told_of(prefix)
    } <= monitors
    assert all(told_of(prefix) for prefix in ("istio", "citadel", "cnpg"))


def test_every_namespace_is_made_or_people_are_told_of_it() -> None:
    manifests = [*overlay("production"), *mesh()]
    told = (OPERATIONS / "install.md").read_text()

    made = {found["metadata"]["name"] for found in of_kind(manifests, "Namespace")}
    of_operators = set(re.findall(r"\| `([a-z-]+)` \|", told))
    used = {found["metadata"].get("namespace") for found in manifests} - {None}
    reached = set(
        re.findall(r"'kubernetes.io/metadata.name': '([a-z-]+)'", str(manifests))
    )

    assert used <= made
    assert reached <= made | of_operators | {"observability", "kube-system"}


def test_the_address_that_is_asked_is_the_one_that_is_installed() -> None:
    (hostname,) = {
        listener["hostname"]
        for found in of_kind(mesh(), "Gateway")
        for listener in found["spec"]["listeners"]
        if "hostname" in listener
    }

    assert f"curl --fail https://{hostname}/" in (OPERATIONS / "install.md").read_text()


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_and_path_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    links = [page.parent / link for link in LINK.findall(text) if "://" not in link]
    folders = (ROOT, ROOT / "deploy/kubernetes", ROOT / "deploy/istio")

    assert [link for link in links if not link.exists()] == []
    assert [
        path
        for path in PATH.findall(text)
        if not any((folder / path).exists() for folder in folders)
    ] == []


def test_every_alert_names_a_page_that_there_is() -> None:
    alerts = [
        alert
        for rules in of_kind(overlay("production"), "PrometheusRule")
        for group in rules["spec"]["groups"]
        for alert in group["rules"]
    ]

    for alert in alerts:
        assert (ROOT / alert["annotations"]["runbook"]).exists()
    told = (OPERATIONS / "runbooks/README.md").read_text()
    untold = {alert["alert"] for alert in alerts if alert["alert"] not in told}
    assert untold <= {"ParleyCallsFail", "ParleyFull", "ParleyJanitorFails"}


def test_every_figure_of_the_sizing_was_measured() -> None:
    measured = (ROOT / "docs/benchmarks.md").read_text()
    rows = ROW.findall((OPERATIONS / "sizing.md").read_text())

    assert len(rows) > 10
    for row in rows:
        assert row.replace("\\|", "|").replace("|  |", "| |") in measured.replace(
            "|  |", "| |"
        )


def test_the_graces_that_people_are_told_are_those_that_there_are() -> None:
    told = (OPERATIONS / "runbooks/stuck-drain.md").read_text()
    graces = {
        found["metadata"]["name"]: found["spec"]["template"]["spec"][
            "terminationGracePeriodSeconds"
        ]
        for found in of_kind(overlay("production"), "Deployment")
    }

    assert (
        f"(edge {graces['edge']} s, chat {graces['chat']} s, auth {graces['auth']} s, "
        f"llm {graces['llm']} s)" in told
    )
    assert longest_drain("auth", {}) <= graces["auth"]


def test_every_environment_is_told_of() -> None:
    told = "".join(page.read_text() for page in pages())

    for name in OVERLAYS:
        assert f"overlays/{name}" in told, name
