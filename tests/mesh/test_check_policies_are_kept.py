"""Policies stand where somebody reads them."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, resource, set_to, take

RULE = "policies-are-kept"
BROKEN = [
    Breakage(
        "a policy of sidecars is a Service's",
        "base/access/chat-may-generate.yaml",
        (
            take("/spec/selector"),
            set_to(
                "/spec/targetRefs", [{"group": "", "kind": "Service", "name": "llm"}]
            ),
        ),
    ),
    Breakage(
        "a policy has a new name, and stays one of pods",
        "base/access/chat-may-generate.yaml",
        (set_to("/metadata/name", "chat-may-ask"),),
        "components/ambient",
    ),
    Breakage(
        "a policy is new, and nobody thought of ambient mode",
        "base/access/chat-may-generate.yaml",
        (),
        "components/ambient",
        beside=(
            resource(
                "security.istio.io/v1",
                "AuthorizationPolicy",
                "web-may-ask",
                {"selector": {"matchLabels": {"app.kubernetes.io/name": "llm"}}},
            ),
        ),
    ),
    Breakage(
        "a name is not among those of the waypoint",
        "components/ambient/kustomization.yaml",
        (set_to("/patches/4/target/name", "ingress-may-call-edge"),),
        "components/ambient",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
