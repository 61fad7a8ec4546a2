"""What Istio would not do of a policy, the bench does not do either."""

from typing import Any

import pytest

from deploy.mesh.cluster import Port
from deploy.mesh.envoy.clusters import upgraded
from deploy.mesh.envoy.logs import refuse_hidden
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.destinations import ConnectionPool
from deploy.mesh.kinds.telemetry import Telemetry
from deploy.mesh.resources import Document, read_mesh

LOG: Any = {"accessLogging": [{"providers": [{"name": "parley-access-log"}]}]}
TRACES: Any = {"tracing": [{"providers": [{"name": "parley-traces"}]}]}
OF_CHAT: Any = {"selector": {"matchLabels": {"app.kubernetes.io/name": "chat"}}}


def telemetry(name: str, spec: Any) -> Document:
    """Write one."""
    written = {
        "apiVersion": "telemetry.istio.io/v1",
        "kind": "Telemetry",
        "metadata": {"name": name, "namespace": "parley"},
        "spec": spec,
    }
    return Document("file.yaml", written)


@pytest.mark.parametrize("more", [{}, OF_CHAT], ids=["of all", "of a part"])
def test_a_telemetry_that_hides_another_is_refused(more: Any) -> None:
    mesh = read_mesh([telemetry("log", LOG | more), telemetry("traces", TRACES | more)])

    with pytest.raises(Refused, match="of the Telemetries log and traces"):
        refuse_hidden(mesh.of(Telemetry))


def test_a_telemetry_of_a_part_stands_beside_that_of_all() -> None:
    mesh = read_mesh([telemetry("log", LOG), telemetry("traces", TRACES | OF_CHAT)])

    refuse_hidden(mesh.of(Telemetry))


@pytest.mark.parametrize(("asked", "spoken"), [("UPGRADE", "http2"), (None, "http")])
def test_http2_is_spoken_to_a_port_of_https_if_the_rule_asks(
    asked: str | None, spoken: str
) -> None:
    pool = ConnectionPool.read(
        "", {"http": {"h2UpgradePolicy": asked} if asked else {}}
    )

    assert upgraded(Port(443, "http"), pool).protocol == spoken
