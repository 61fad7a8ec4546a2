"""Policies and protos agree about who may call what."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "exactly-the-callers"
BROKEN = [
    Breakage(
        "the edge may not call a method",
        "base/access/edge-may-call-chat.yaml",
        (take("/spec/rules/0/to/0/operation/paths/0"),),
    ),
    Breakage(
        "a method is for another caller",
        "base/access/edge-may-call-chat.yaml",
        (
            set_to(
                "/spec/rules/1/from/0/source/principals/0",
                "cluster.local/ns/parley/sa/auth",
            ),
        ),
    ),
    Breakage(
        "a second caller may do the same",
        "base/access/edge-may-call-chat.yaml",
        (
            set_to(
                "/spec/rules/1/from/0/source/principals/-",
                "cluster.local/ns/parley/sa/llm",
            ),
        ),
    ),
    Breakage(
        "a method is allowed twice",
        "base/access/edge-may-call-chat.yaml",
        (
            set_to(
                "/spec/rules/1/to/0/operation/paths/-",
                "/parley.chat.v1.MessageService/SendMessage",
            ),
        ),
    ),
    Breakage(
        "a method does not exist",
        "base/access/edge-may-call-chat.yaml",
        (
            set_to(
                "/spec/rules/1/to/0/operation/paths/-",
                "/parley.chat.v1.MessageService/SendMesage",
            ),
        ),
    ),
    Breakage(
        "a method is served by another part",
        "base/access/edge-may-call-chat.yaml",
        (
            set_to(
                "/spec/rules/1/to/0/operation/paths/-",
                "/parley.llm.v1.GenerationService/Generate",
            ),
        ),
    ),
    Breakage(
        "a method is for llm alone",
        "base/access/edge-may-call-chat.yaml",
        (
            set_to(
                "/spec/rules/1/to/0/operation/paths/-",
                "/parley.chat.v1.HoldService/CreateHold",
            ),
        ),
    ),
    Breakage(
        "a policy is for another part",
        "base/access/edge-may-call-chat.yaml",
        (set_to("/spec/selector/matchLabels/app.kubernetes.io~1name", "llm"),),
    ),
    Breakage(
        "a policy is for all parts",
        "base/access/edge-may-call-chat.yaml",
        (take("/spec/selector"),),
    ),
    Breakage(
        "the method is GET",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/to/0/operation/methods", ["GET"]),),
    ),
    Breakage(
        "the edge may not ask for the health",
        "base/access/edge-may-call-chat.yaml",
        (take("/spec/rules/2"),),
    ),
    Breakage(
        "chat may ask for the health",
        "base/access/chat-may-generate.yaml",
        (
            set_to(
                "/spec/rules/0/to/0/operation/paths/-", "/grpc.health.v1.Health/Check"
            ),
        ),
    ),
    Breakage(
        "a policy does not reach the waypoint",
        "components/ambient/at-chat.yaml",
        (set_to("/1/value/0/name", "llm"),),
        "components/ambient",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
