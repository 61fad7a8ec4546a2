"""What may be sent again safely is."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "reads-are-asked-again"
BROKEN = [
    Breakage(
        "reads are asked for once",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/3/retries", {"attempts": 0}),),
    ),
    Breakage(
        "readers of streams are not sent on",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/1/retries/retryOn", "connect-failure"),),
    ),
    Breakage(
        "a read goes with what changes",
        "base/traffic/to-chat.yaml",
        (take("/spec/http/3/match/0"),),
    ),
    Breakage(
        "a change that reached nobody fails",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/4/retries", {"attempts": 0}),),
    ),
    Breakage(
        "a file is asked for once",
        "base/traffic/to-web.yaml",
        (set_to("/spec/http/0/retries", {"attempts": 0}),),
    ),
    Breakage(
        "the other region is not asked",
        "base/traffic/to-chat.yaml",
        (take("/spec/http/3/retries/retryRemoteLocalities"),),
    ),
    Breakage(
        "the other region is not asked for files",
        "base/traffic/to-web.yaml",
        (set_to("/spec/http/0/retries/retryRemoteLocalities", False),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
