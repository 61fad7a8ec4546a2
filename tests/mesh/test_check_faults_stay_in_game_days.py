"""Faults are put in only where somebody looks."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to

RULE = "faults-stay-in-game-days"
BROKEN = [
    Breakage(
        "people's replies fail on purpose",
        "base/traffic/to-chat.yaml",
        (
            set_to(
                "/spec/http/0/fault",
                {"abort": {"grpcStatus": "UNAVAILABLE", "percentage": {"value": 1}}},
            ),
        ),
    ),
    Breakage(
        "a canary fails on purpose",
        "components/canary-chat/one-call-in-twenty.yaml",
        (
            set_to(
                "/-",
                {
                    "op": "add",
                    "path": "/spec/http/0/fault",
                    "value": {"delay": {"fixedDelay": "1s"}},
                },
            ),
        ),
        "components/canary-chat",
    ),
    Breakage(
        "a game day has no fault",
        "components/game-day/auth-is-slow/auth-takes-three-seconds.yaml",
        (
            set_to("/1/path", "/spec/http/0/ault"),
            set_to("/3/path", "/spec/http/1/ault"),
        ),
        "components/game-day/auth-is-slow",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
