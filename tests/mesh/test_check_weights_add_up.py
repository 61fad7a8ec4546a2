"""Calls are divided in the same way, whatever they are."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "weights-add-up"
BROKEN = [
    Breakage(
        "the weights make ninety",
        "components/canary-chat/one-call-in-twenty.yaml",
        (set_to("/1/value/0/weight", 85),),
        "components/canary-chat",
    ),
    Breakage(
        "one kind is divided otherwise",
        "components/canary-chat/one-call-in-twenty.yaml",
        (
            set_to("/1/value/0/weight", 50),
            set_to("/1/value/1/weight", 50),
        ),
        "components/canary-chat",
    ),
    Breakage(
        "one kind knows one version alone",
        "components/canary-chat/one-call-in-twenty.yaml",
        (take("/1/value/1"),),
        "components/canary-chat",
    ),
    Breakage(
        "one kind leads nowhere",
        "components/canary-chat/one-call-in-twenty.yaml",
        (set_to("/1/value", []),),
        "components/canary-chat",
    ),
    Breakage(
        "green gets a tenth of one kind",
        "components/blue-green-chat/all-to-blue.yaml",
        (
            set_to("/3/value/0/weight", 90),
            set_to("/3/value/1/weight", 10),
        ),
        "components/blue-green-chat",
    ),
    Breakage(
        "one kind of two that read is tried",
        "components/blue-green-chat/all-to-blue.yaml",
        (set_to("/7/value/0/weight", 90), set_to("/7/value/1/weight", 10)),
        "components/blue-green-chat",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
