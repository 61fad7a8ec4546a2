"""A policy asks for the token for which the proto asks."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "token-as-the-proto-says"
BROKEN = [
    Breakage(
        "users need no token",
        "base/access/edge-may-call-chat.yaml",
        (take("/spec/rules/1/from/0/source/requestPrincipals"),),
    ),
    Breakage(
        "who signs up needs a token",
        "base/access/edge-may-call-auth.yaml",
        (set_to("/spec/rules/0/from/0/source/requestPrincipals", ["parley/*"]),),
    ),
    Breakage(
        "a link needs a token",
        "base/access/edge-may-call-chat.yaml",
        (set_to("/spec/rules/0/from/0/source/requestPrincipals", ["parley/*"]),),
    ),
    Breakage(
        "chat may pass on a user's token",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/from/0/source/requestPrincipals", ["parley/*"]),),
    ),
    Breakage(
        "llm may call with chat's tokens",
        "base/access/llm-may-search-and-hold.yaml",
        (set_to("/spec/rules/0/from/0/source/requestPrincipals", ["parley-chat/*"]),),
    ),
    Breakage(
        "either token will do",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/from/0/source/requestPrincipals/-", "parley/*"),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
