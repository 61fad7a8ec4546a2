"""Sidecars are told of those whom their part calls."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, shipped, take

RULE = "sidecars-see-whom-they-call"
SIGHT = "components/sidecars/chat-sees-whom-it-calls.yaml"
TOO = {"name": "chat-sees-more", "namespace": "parley"}
BROKEN = [
    Breakage(
        "chat sees the cluster",
        "components/sidecars/chat-sees-whom-it-calls.yaml",
        (set_to("/spec/egress/0/hosts/-", "*/*"),),
        "components/sidecars",
    ),
    Breakage(
        "chat sees Milvus",
        "components/sidecars/chat-sees-whom-it-calls.yaml",
        (
            set_to(
                "/spec/egress/0/hosts/-",
                "parley-data/parley-milvus.parley-data.svc.cluster.local",
            ),
        ),
        "components/sidecars",
    ),
    Breakage(
        "auth does not see llm",
        "components/sidecars/auth-sees-whom-it-calls.yaml",
        (take("/spec/egress/1/hosts/1"),),
        "components/sidecars",
    ),
    Breakage(
        "unknown hosts are let through",
        "components/sidecars/edge-sees-the-services.yaml",
        (set_to("/spec/outboundTrafficPolicy/mode", "ALLOW_ANY"),),
        "components/sidecars",
    ),
    Breakage(
        "a sidecar is for another part",
        "components/sidecars/edge-sees-the-services.yaml",
        (set_to("/spec/workloadSelector/labels/app.kubernetes.io~1name", "web"),),
        "components/sidecars",
    ),
    Breakage(
        "all but one see the pooler",
        "components/sidecars-and-pooler/llm-sees-the-pooler.yaml",
        (set_to("/0/value", "parley/edge.parley.svc.cluster.local"),),
        "components/sidecars-and-pooler",
    ),
    Breakage(
        "others see the namespace",
        "components/sidecars/others-see-nobody.yaml",
        (set_to("/spec/egress/0/hosts/0", "./*"),),
        "components/sidecars",
    ),
    Breakage(
        "llm sees providers on every port",
        "components/sidecars/llm-sees-providers-through-egress.yaml",
        (take("/spec/egress/0/port"),),
        "components/sidecars",
    ),
    Breakage(
        "llm sees providers on the port past the gateway",
        "components/sidecars/llm-sees-providers-through-egress.yaml",
        (set_to("/spec/egress/0/port/number", 443),),
        "components/sidecars",
    ),
    Breakage(
        "chat has two sights, of which the first is the cluster",
        "components/sidecars/chat-sees-whom-it-calls.yaml",
        (set_to("/spec/egress/0/hosts", ["*/*"]),),
        "components/sidecars",
        beside=(shipped().documents[SIGHT][0] | {"metadata": TOO},),
    ),
    Breakage(
        "web sees the cluster",
        "components/sidecars/web-sees-the-collector.yaml",
        (set_to("/spec/egress/0/hosts", ["*/*"]),),
        "components/sidecars",
    ),
    Breakage(
        "the spans of web are lost",
        "components/sidecars/kustomization.yaml",
        (take("/resources/4"),),
        "components/sidecars",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
