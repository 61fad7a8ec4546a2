"""What is mirrored changes nothing and costs nothing."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to

RULE = "mirrors-only-read"
BROKEN = [
    Breakage(
        "replies are mirrored",
        "components/mirror-chat/a-tenth-of-what-reads.yaml",
        (set_to("/10/path", "/spec/http/0/mirrors"),),
        "components/mirror-chat",
    ),
    Breakage(
        "streams of readers are mirrored",
        "components/mirror-chat/a-tenth-of-what-reads.yaml",
        (set_to("/10/path", "/spec/http/1/mirrors"),),
        "components/mirror-chat",
    ),
    Breakage(
        "changes are mirrored",
        "components/mirror-chat/a-tenth-of-what-reads.yaml",
        (set_to("/10/path", "/spec/http/4/mirrors"),),
        "components/mirror-chat",
    ),
    Breakage(
        "answers of llm are mirrored in the old form",
        "base/traffic/to-llm.yaml",
        (set_to("/spec/http/0/mirror", {"host": "llm.parley.svc.cluster.local"}),),
    ),
    Breakage(
        "reads of auth are mirrored in the old form",
        "base/traffic/to-auth.yaml",
        (set_to("/spec/http/0/mirror", {"host": "auth.parley.svc.cluster.local"}),),
    ),
    Breakage(
        "the gateway mirrors",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/rules/0/filters", [{"type": "RequestMirror"}]),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
