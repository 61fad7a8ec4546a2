"""No VirtualService hides another."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, resource, set_to

RULE = "one-service-each"
BROKEN = [
    Breakage(
        "chat has two",
        "base/traffic/to-chat.yaml",
        (),
        beside=(
            resource(
                "networking.istio.io/v1",
                "VirtualService",
                "to-chat-too",
                {"hosts": ["chat.parley.svc.cluster.local"]},
            ),
        ),
    ),
    Breakage(
        "one is for two hosts, of which one has its own",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/hosts/-", "llm.parley.svc.cluster.local"),),
    ),
    Breakage(
        "web has none",
        "base/traffic/to-web.yaml",
        (set_to("/spec/hosts", []),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
