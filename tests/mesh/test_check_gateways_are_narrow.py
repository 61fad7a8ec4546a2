"""Gateways take one name, over TLS, for routes that are meant."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "gateways-are-narrow"
BROKEN = [
    Breakage(
        "every name is taken",
        "base/ingress/gateway.yaml",
        (take("/spec/listeners/0/hostname"),),
    ),
    Breakage(
        "every name of a domain is taken",
        "base/ingress/gateway.yaml",
        (set_to("/spec/listeners/0/hostname", "*.example.com"),),
    ),
    Breakage(
        "TLS does not end",
        "base/ingress/gateway.yaml",
        (set_to("/spec/listeners/0/tls/mode", "Passthrough"),),
    ),
    Breakage(
        "there is no certificate",
        "base/ingress/gateway.yaml",
        (take("/spec/listeners/0/tls/certificateRefs"),),
    ),
    Breakage(
        "the port speaks plaintext",
        "base/ingress/gateway.yaml",
        (set_to("/spec/listeners/0/protocol", "HTTP"),),
    ),
    Breakage(
        "anybody may add a route",
        "base/ingress/gateway.yaml",
        (set_to("/spec/listeners/0/allowedRoutes/namespaces", {"from": "All"}),),
    ),
    Breakage(
        "anybody may serve plaintext",
        "base/ingress/gateway.yaml",
        (set_to("/spec/listeners/1/allowedRoutes/namespaces", {"from": "All"}),),
    ),
    Breakage(
        "the account has another name",
        "base/ingress/gateway.yaml",
        (take("/metadata/annotations/gateway.istio.io~1service-account"),),
    ),
    Breakage(
        "plaintext is served",
        "base/ingress/only-https.yaml",
        (set_to("/spec/rules/0/backendRefs", [{"name": "edge", "port": 8080}]),),
    ),
    Breakage(
        "a route waits for another name",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/hostnames/0", "other.example.com"),),
    ),
    Breakage(
        "a route waits for every name",
        "base/ingress/to-the-edge.yaml",
        (take("/spec/hostnames"),),
    ),
    Breakage(
        "a route is at no gateway",
        "base/ingress/to-the-edge.yaml",
        (set_to("/spec/parentRefs/0/name", "engress"),),
    ),
    Breakage(
        "the way out is open to all",
        "base/egress/gateway.yaml",
        (take("/spec/listeners/0/tls/options"),),
    ),
    Breakage(
        "anybody may open a way out",
        "base/egress/gateway.yaml",
        (set_to("/spec/listeners/0/allowedRoutes/namespaces", {"from": "All"}),),
    ),
    Breakage(
        "the way out is called otherwise",
        "base/egress/gateway.yaml",
        (set_to("/metadata/name", "out"),),
    ),
    Breakage(
        "an address is changed in one place",
        "overlays/example/address-of-routes.yaml",
        (set_to("/0/value", "other.example.org"),),
        "overlays/example",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
