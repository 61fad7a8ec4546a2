"""Nothing is allowed that nobody allowed: what opens a door for all is found."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to

RULE = "deny-by-default"
BROKEN = [
    Breakage(
        "everything is allowed",
        "base/access/deny-by-default.yaml",
        (set_to("/spec/rules", [{}]),),
    ),
    Breakage(
        "it holds for one part alone",
        "base/access/deny-by-default.yaml",
        (
            set_to(
                "/spec/selector", {"matchLabels": {"app.kubernetes.io/name": "chat"}}
            ),
        ),
    ),
    Breakage(
        "it is in another namespace",
        "base/access/deny-by-default.yaml",
        (set_to("/metadata/namespace", "default"),),
    ),
    Breakage(
        "everybody may leave the mesh",
        "base/egress/deny-by-default.yaml",
        (set_to("/spec/rules", [{}]),),
    ),
    Breakage(
        "the waypoint lets through what nobody names",
        "components/ambient/deny-by-default-at-the-waypoint.yaml",
        (set_to("/spec/rules", [{}]),),
        "components/ambient",
    ),
    Breakage(
        "a policy refuses by name",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/action", "DENY"),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
