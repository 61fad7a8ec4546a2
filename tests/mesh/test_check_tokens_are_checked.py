"""Tokens are verified by the sidecars, and handed on."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "tokens-are-checked"
BROKEN = [
    Breakage(
        "another issuer is trusted",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/jwtRules/0/issuer", "elsewhere"),),
    ),
    Breakage(
        "a second issuer is trusted",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/jwtRules/-", {"issuer": "elsewhere", "jwks": "{}"}),),
    ),
    Breakage(
        "tokens for others are taken",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/jwtRules/0/audiences", ["parley", "other"]),),
    ),
    Breakage(
        "tokens for anybody are taken",
        "base/access/users-need-a-token.yaml",
        (take("/spec/jwtRules/0/audiences"),),
    ),
    Breakage(
        "the keys come from elsewhere",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/jwtRules/0/jwksUri", "http://evil.example/jwks.json"),),
    ),
    Breakage(
        "the token ends at the sidecar",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/jwtRules/0/forwardOriginalToken", False),),
    ),
    Breakage(
        "a token in the URL is taken",
        "base/access/users-need-a-token.yaml",
        (take("/spec/jwtRules/0/fromHeaders"),),
    ),
    Breakage(
        "a token in a query is taken too",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/jwtRules/0/fromParams", ["access_token"]),),
    ),
    Breakage(
        "a part checks no token",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/selector/matchLabels/app.kubernetes.io~1name", "llm"),),
    ),
    Breakage(
        "chat's tokens are for chat",
        "base/access/chat-acts-for-users.yaml",
        (set_to("/spec/jwtRules/0/audiences", ["parley-chat"]),),
    ),
    Breakage(
        "chat's tokens are unknown",
        "base/access/chat-acts-for-users.yaml",
        (set_to("/spec/jwtRules/0/issuer", "parley-llm"),),
    ),
    Breakage(
        "chat's keys are to be fetched",
        "base/access/chat-acts-for-users.yaml",
        (set_to("/spec/jwtRules/0/jwksUri", "http://chat.parley/keys"),),
    ),
    Breakage(
        "chat's keys are no keys",
        "base/access/chat-acts-for-users.yaml",
        (set_to("/spec/jwtRules/0/jwks", "none"),),
    ),
    Breakage(
        "a private key is written down",
        "base/access/chat-acts-for-users.yaml",
        (
            set_to(
                "/spec/jwtRules/0/jwks",
                '{"keys": [{"kty": "EC", "kid": "a", "d": "x"}]}',
            ),
        ),
    ),
    Breakage(
        "an installation has no key of chat",
        "components/example-keys/keys-of-chat.yaml",
        (set_to("/0/value", '{"keys": []}'),),
        "overlays/example",
    ),
    Breakage(
        "the keys are a Service's rule, to which the waypoint has no way",
        "components/ambient/users-need-a-token-at-the-waypoint.yaml",
        (
            set_to(
                "/spec/targetRefs", [{"group": "", "kind": "Service", "name": "chat"}]
            ),
        ),
        "components/ambient",
    ),
    Breakage(
        "no token is checked at the waypoint",
        "components/ambient/kustomization.yaml",
        (take("/resources/3"),),
        "components/ambient",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
