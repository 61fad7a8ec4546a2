"""What is allowed besides RPCs is known, and written just so."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "edges-of-the-call-graph"
BROKEN = [
    Breakage(
        "another gateway may call the edge",
        "base/access/ingress-may-call-edge.yaml",
        (
            set_to(
                "/spec/rules/0/from/0/source/principals/0",
                "cluster.local/ns/istio-egress/sa/egress",
            ),
        ),
    ),
    Breakage(
        "the gateway may call every part",
        "base/access/ingress-may-call-edge.yaml",
        (take("/spec/selector"),),
    ),
    Breakage(
        "the gateway may ask for metrics",
        "base/access/ingress-may-call-edge.yaml",
        (set_to("/spec/rules/0/to/0/operation/ports/-", "9464"),),
    ),
    Breakage(
        "services may ask the edge for everything",
        "base/access/services-may-fetch-keys.yaml",
        (take("/spec/rules/0/to/0/operation/paths"),),
    ),
    Breakage(
        "auth may not fetch keys",
        "base/access/services-may-fetch-keys.yaml",
        (take("/spec/rules/0/from/0/source/principals/0"),),
    ),
    Breakage(
        "the edge may write to web",
        "base/access/edge-may-fetch-web.yaml",
        (set_to("/spec/rules/0/to/0/operation/methods/-", "POST"),),
    ),
    Breakage(
        "chat may fetch pages",
        "base/access/edge-may-fetch-web.yaml",
        (
            set_to(
                "/spec/rules/0/from/0/source/principals/-",
                "cluster.local/ns/parley/sa/chat",
            ),
        ),
    ),
    Breakage(
        "Prometheus may read everything",
        "components/prometheus/prometheus-may-scrape.yaml",
        (take("/spec/rules/0/to/0/operation/paths"),),
        "components/prometheus",
    ),
    Breakage(
        "pods take calls past the waypoint",
        "components/ambient/only-through-the-waypoint.yaml",
        (
            set_to(
                "/spec/rules/0/from/0/source/principals/-",
                "cluster.local/ns/parley/sa/edge",
            ),
        ),
        "components/ambient",
    ),
    Breakage(
        "the waypoint may ask for metrics",
        "components/ambient/only-through-the-waypoint.yaml",
        (set_to("/spec/rules/0/to/0/operation/ports/-", "9464"),),
        "components/ambient",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
