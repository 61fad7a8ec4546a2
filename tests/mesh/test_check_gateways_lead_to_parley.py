"""What comes in goes to the edge, and never in plaintext."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "gateways-lead-to-parley"
BROKEN = [
    Breakage(
        "plaintext is served",
        "base/ingress/only-https.yaml",
        (set_to("/spec/rules/0/backendRefs", [{"name": "edge", "port": 8080}]),),
    ),
    Breakage(
        "plaintext leads nowhere",
        "base/ingress/only-https.yaml",
        (take("/spec/rules/0/filters"),),
    ),
    Breakage(
        "a program without TLS is sent to it",
        "base/ingress/only-https.yaml",
        (take("/spec/rules/0/matches"),),
    ),
    Breakage(
        "TLS leads to plaintext",
        "base/ingress/only-https.yaml",
        (set_to("/spec/rules/0/filters/0/requestRedirect/scheme", "http"),),
    ),
    Breakage(
        "a route waits for another name",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/hostnames/0", "other.example.com"),),
    ),
    Breakage(
        "a route waits for every name",
        "base/ingress/to-the-edge.yaml",
        (take("/spec/hostnames"),),
    ),
    Breakage(
        "a route is at no gateway",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/parentRefs/0/name", "engress"),),
    ),
    Breakage(
        "a route is at no listener",
        "base/ingress/to-the-edge.yaml",
        (take("/spec/parentRefs/0/sectionName"),),
    ),
    Breakage(
        "what comes in goes to chat",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/rules/0/backendRefs/0", {"name": "chat", "port": 50052}),),
    ),
    Breakage(
        "what comes in goes to two",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/rules/0/backendRefs/-", {"name": "chat", "port": 50052}),),
    ),
    Breakage(
        "an address is changed in one place",
        "overlays/example/address-of-routes.yaml",
        (set_to("/0/value", "other.example.org"),),
        "overlays/example",
    ),
    Breakage(
        "the token ends at the way in",
        "base/ingress/to-the-edge.yaml",
        (
            set_to(
                "/spec/rules/0/filters",
                [
                    {
                        "type": "RequestHeaderModifier",
                        "requestHeaderModifier": {"remove": ["authorization"]},
                    }
                ],
            ),
        ),
    ),
    Breakage(
        "only the API comes in",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/rules/0/matches", [{"path": {"value": "/v1"}}]),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
