"""Names are names of something."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to

RULE = "hosts-exist"
BROKEN = [
    Breakage(
        "a host is misspelt",
        "base/traffic/to-chat.yaml",
        (
            set_to(
                "/spec/http/0/route/0/destination/host",
                "chatt.parley.svc.cluster.local",
            ),
        ),
    ),
    Breakage(
        "a host is short",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/hosts/0", "chat"),),
    ),
    Breakage(
        "a port is wrong",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/0/route/0/destination/port/number", 50051),),
    ),
    Breakage(
        "a call ends at another service",
        "base/traffic/to-chat.yaml",
        (
            set_to(
                "/spec/http/0/route/0/destination/host", "auth.parley.svc.cluster.local"
            ),
            set_to("/spec/http/0/route/0/destination/port/number", 50051),
        ),
    ),
    Breakage(
        "a version is not there",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/0/route/0/destination/subset", "canary"),),
    ),
    Breakage(
        "a rule is for a host that is not there",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/host", "chat.other.svc.cluster.local"),),
    ),
    Breakage(
        "the way in leads to another port",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/rules/0/backendRefs/0/port", 80),),
    ),
    Breakage(
        "a policy is for a part that is not there",
        "base/access/edge-may-call-chat.yaml",
        (set_to("/spec/selector/matchLabels/app.kubernetes.io~1name", "chats"),),
    ),
    Breakage(
        "a caller is misspelt",
        "base/access/edge-may-call-chat.yaml",
        (
            set_to(
                "/spec/rules/1/from/0/source/principals/0",
                "cluster.local/ns/parley/sa/egde",
            ),
        ),
    ),
    Breakage(
        "a track has no replicas",
        "components/canary-chat/replicas-in-two-tracks.yaml",
        (set_to("/0/value/1/name", "kanary"),),
        "components/canary-chat",
    ),
    Breakage(
        "a provider is at another port",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/rules/0/backendRefs/0/port", 8443),),
        "components/providers/openai",
        2,
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
