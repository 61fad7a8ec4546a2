"""Streams live as long as they may."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "streams-have-time"
BROKEN = [
    Breakage(
        "replies end after a minute",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/0/timeout", "60s"),),
    ),
    Breakage(
        "replies end with the edge's own limit",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/0/timeout", "30m"),),
    ),
    Breakage(
        "readers are cut off",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/1/timeout", "15s"),),
    ),
    Breakage(
        "an export is a plain call",
        "base/traffic/to-chat.yaml",
        (take("/spec/http/2/match/0"),),
    ),
    Breakage(
        "uploads end early",
        "base/traffic/to-llm.yaml",
        (set_to("/spec/http/4/timeout", "5m"),),
    ),
    Breakage(
        "a reader is given up while it is silent",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/1/retries/perTryTimeout", "10s"),),
    ),
    Breakage(
        "connections end while a stream is silent",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/connectionPool/http/idleTimeout", "10s"),),
    ),
    Breakage(
        "connections end with their streams",
        "base/replicas/of-llm.yaml",
        (
            set_to(
                "/spec/trafficPolicy/connectionPool/tcp/maxConnectionDuration", "10m"
            ),
        ),
    ),
    Breakage(
        "the way in has a timeout",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/rules/0/timeouts", {"request": "60s"}),),
    ),
    Breakage(
        "a question to a provider has a timeout",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/rules/0/timeouts", {"backendRequest": "60s"}),),
        "components/providers/openai",
        2,
    ),
    Breakage(
        "a preview is cut off",
        "components/preview-chat/who-asks-gets-the-preview.yaml",
        (set_to("/14/value/timeout", "20s"),),
        "components/preview-chat",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
