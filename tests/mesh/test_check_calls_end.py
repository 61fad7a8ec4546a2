"""Calls that are no streams end, but not before the edge has given them up."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "calls-end"
BROKEN = [
    Breakage(
        "reads never end",
        "base/traffic/to-chat.yaml",
        (take("/spec/http/3/timeout"),),
    ),
    Breakage(
        "reads end before the edge gives them up",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/3/timeout", "10s"),),
    ),
    Breakage(
        "changes may take an hour",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/4/timeout", "1h"),),
    ),
    Breakage(
        "a recording has too little time",
        "base/traffic/to-llm.yaml",
        (set_to("/spec/http/1/timeout", "25s"),),
    ),
    Breakage(
        "nothing leads to what is not named",
        "base/traffic/to-chat.yaml",
        (take("/spec/http/4"),),
    ),
    Breakage(
        "a file never ends",
        "base/traffic/to-web.yaml",
        (take("/spec/http/0/timeout"),),
    ),
    Breakage(
        "a call to auth has no end",
        "base/traffic/to-auth.yaml",
        (set_to("/spec/http/1/timeout", "0s"),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
