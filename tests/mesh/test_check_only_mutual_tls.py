"""Mutual TLS everywhere: what would let plaintext in, or out, is found."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "only-mutual-tls"
BROKEN = [
    Breakage(
        "plaintext is let in",
        "base/mtls/only-mutual-tls.yaml",
        (set_to("/spec/mtls/mode", "PERMISSIVE"),),
    ),
    Breakage(
        "the mode is not said",
        "base/mtls/only-mutual-tls.yaml",
        (take("/spec/mtls"),),
    ),
    Breakage(
        "one port is open",
        "base/mtls/only-mutual-tls.yaml",
        (set_to("/spec/portLevelMtls", {"9464": {"mode": "DISABLE"}}),),
    ),
    Breakage(
        "it holds for one part alone",
        "base/mtls/only-mutual-tls.yaml",
        (
            set_to(
                "/spec/selector", {"matchLabels": {"app.kubernetes.io/name": "chat"}}
            ),
        ),
    ),
    Breakage(
        "it is in another namespace",
        "base/mtls/only-mutual-tls.yaml",
        (set_to("/metadata/namespace", "default"),),
    ),
    Breakage(
        "callers of chat do not speak TLS",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/tls/mode", "DISABLE"),),
    ),
    Breakage(
        "callers of llm bring no certificate of the mesh",
        "base/replicas/of-llm.yaml",
        (set_to("/spec/trafficPolicy/tls/mode", "SIMPLE"),),
    ),
    Breakage(
        "how TLS is made is not said",
        "base/replicas/of-auth.yaml",
        (take("/spec/trafficPolicy/tls"),),
    ),
    Breakage(
        "a subset has another TLS",
        "base/replicas/of-chat.yaml",
        (
            set_to(
                "/spec/subsets",
                [{"name": "x", "trafficPolicy": {"tls": {"mode": "DISABLE"}}}],
            ),
        ),
    ),
    Breakage(
        "a port has another TLS",
        "base/replicas/of-web.yaml",
        (
            set_to(
                "/spec/trafficPolicy/portLevelSettings",
                [{"port": {"number": 3000}, "tls": {"mode": "DISABLE"}}],
            ),
        ),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
