"""Gateways take one name, over TLS, for routes that are meant."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "gateways-are-narrow"
BROKEN = [
    Breakage(
        "the way in is one pod",
        "base/ingress/gateway.yaml",
        (take("/spec/infrastructure/parametersRef"),),
    ),
    Breakage(
        "the way out is like another",
        "base/egress/gateway.yaml",
        (set_to("/spec/infrastructure/parametersRef/name", "ingress-gateway"),),
    ),
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
        "the port is another",
        "base/ingress/gateway.yaml",
        (set_to("/spec/listeners/0/port", 8443),),
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
        "callers may write their own address",
        "base/ingress/gateway.yaml",
        (
            set_to(
                "/spec/infrastructure/annotations/proxy.istio.io~1config",
                '{"gatewayTopology": {"numTrustedProxies": 9}}',
            ),
        ),
    ),
    Breakage(
        "nobody makes the gateway",
        "base/ingress/gateway.yaml",
        (set_to("/spec/gatewayClassName", "nginx"),),
    ),
    Breakage(
        "the way out is open to all",
        "base/egress/gateway.yaml",
        (take("/spec/listeners/0/tls/options"),),
    ),
    Breakage(
        "the way out has an address for all the world",
        "base/egress/gateway.yaml",
        (take("/metadata/annotations/networking.istio.io~1service-type"),),
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
        "the waypoint is for pods",
        "components/ambient/waypoint.yaml",
        (set_to("/metadata/labels/istio.io~1waypoint-for", "workload"),),
        "components/ambient",
    ),
    Breakage(
        "the waypoint listens elsewhere",
        "components/ambient/waypoint.yaml",
        (set_to("/spec/listeners/0/port", 15009),),
        "components/ambient",
    ),
    Breakage(
        "the base takes proxies for granted",
        "base/ingress/gateway.yaml",
        (
            set_to(
                "/spec/infrastructure/annotations/proxy.istio.io~1config",
                '{"gatewayTopology": {"numTrustedProxies": 1}}',
            ),
        ),
    ),
    Breakage(
        "the way in has settings that nobody knows",
        "base/ingress/gateway.yaml",
        (
            set_to(
                "/spec/infrastructure/annotations/proxy.istio.io~1config",
                '{"gatewayTopology": {"numTrustedProxies": 0}, "concurrency": 1}',
            ),
        ),
    ),
    Breakage(
        "the waypoint is one pod",
        "components/ambient/waypoint.yaml",
        (take("/spec/infrastructure"),),
        "components/ambient",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
