"""Nothing is asked twice that may happen only once."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "retries-are-safe"
BROKEN = [
    Breakage(
        "a reply is asked for again",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/0/retries", {"attempts": 2}),),
    ),
    Breakage(
        "a reply is asked for again where nobody was reached",
        "base/traffic/to-chat.yaml",
        (
            set_to(
                "/spec/http/0/retries", {"attempts": 2, "retryOn": "connect-failure"}
            ),
        ),
    ),
    Breakage(
        "a reply goes by what the mesh says",
        "base/traffic/to-chat.yaml",
        (take("/spec/http/0/retries"),),
    ),
    Breakage(
        "a change is made again",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/4/retries/retryOn", "connect-failure,unavailable"),),
    ),
    Breakage(
        "an upload is begun again",
        "base/traffic/to-llm.yaml",
        (set_to("/spec/http/4/retries/retryOn", "reset"),),
    ),
    Breakage(
        "reads are asked again for any error",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/3/retries/retryOn", "5xx"),),
    ),
    Breakage(
        "the reasons are Istio's own",
        "base/traffic/to-chat.yaml",
        (take("/spec/http/3/retries/retryOn"),),
    ),
    Breakage(
        "reads are asked ten times",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/3/retries/attempts", 10),),
    ),
    Breakage(
        "a method that asks a model is not named as one",
        "base/traffic/to-chat.yaml",
        (take("/spec/http/0/match/0"),),
    ),
    Breakage(
        "the gateway asks again",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/rules/0/retry", {"attempts": 2, "codes": [503]}),),
    ),
    Breakage(
        "a provider is asked again",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/rules/0/retry", {"attempts": 2, "codes": [503]}),),
        "components/providers/openai",
        2,
    ),
    Breakage(
        "a file is asked for again whatever it says",
        "base/traffic/to-web.yaml",
        (set_to("/spec/http/0/retries/retryOn", "5xx"),),
    ),
    Breakage(
        "a preview is asked again",
        "components/preview-chat/who-asks-gets-the-preview.yaml",
        (set_to("/14/value/retries", {"attempts": 2, "retryOn": "5xx"}),),
        "components/preview-chat",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
