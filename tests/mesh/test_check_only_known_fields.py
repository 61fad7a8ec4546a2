"""What no rule looks at is not said."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, resource, set_to

RULE = "only-known-fields"
NETWORKING = "networking.istio.io/v1"
BROKEN = [
    Breakage(
        "an EnvoyFilter rewrites all",
        "base/traffic/to-chat.yaml",
        (),
        beside=(resource(NETWORKING, "EnvoyFilter", "x", {}),),
    ),
    Breakage(
        "a pod of nobody is chat",
        "base/traffic/to-chat.yaml",
        (),
        beside=(
            resource(
                NETWORKING,
                "WorkloadEntry",
                "x",
                {"labels": {"app.kubernetes.io/name": "chat"}},
            ),
        ),
    ),
    Breakage(
        "the proxies of chat have their own settings",
        "base/traffic/to-chat.yaml",
        (),
        beside=(resource("networking.istio.io/v1beta1", "ProxyConfig", "x", {}),),
    ),
    Breakage(
        "calls to chat are led by a route of the Gateway API",
        "base/traffic/to-chat.yaml",
        (),
        beside=(
            resource(
                "gateway.networking.k8s.io/v1",
                "HTTPRoute",
                "x",
                {"parentRefs": [{"group": "", "kind": "Service", "name": "chat"}]},
            ),
        ),
    ),
    Breakage(
        "gRPC has a route of its own",
        "base/traffic/to-chat.yaml",
        (),
        beside=(
            resource(
                "gateway.networking.k8s.io/v1",
                "GRPCRoute",
                "x",
                {"parentRefs": [{"name": "ingress", "namespace": "istio-ingress"}]},
            ),
        ),
    ),
    Breakage(
        "a policy is on trial, and refuses nothing",
        "base/access/deny-by-default.yaml",
        (set_to("/metadata/annotations", {"istio.io/dry-run": "true"}),),
    ),
    Breakage(
        "a policy is for some pods of chat",
        "base/access/edge-may-call-chat.yaml",
        (set_to("/spec/selector/matchLabels/track", "stable"),),
    ),
    Breakage(
        "tokens are checked at some pods of auth",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/selector/matchLabels/track", "stable"),),
    ),
    Breakage(
        "a token is taken from a cookie",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/jwtRules/0/fromCookies", ["session"]),),
    ),
    Breakage(
        "a token's content becomes a header",
        "base/access/users-need-a-token.yaml",
        (set_to("/spec/jwtRules/0/outputPayloadToHeader", "x-user"),),
    ),
    *(
        Breakage(
            f"a VirtualService says {field}",
            "base/traffic/to-chat.yaml",
            (set_to(f"/spec/{field}", value),),
        )
        for field, value in {
            "gateways": ["istio-ingress/ingress"],
            "exportTo": ["."],
            "http/3/rewrite": {"uri": "/"},
            "http/3/headers": {"request": {"set": {"authorization": "Bearer x"}}},
            "http/3/retries/perTryTimeout": "1ms",
            "http/3/match/0/headers": {"authorization": {"exact": "x"}},
        }.items()
    ),
    Breakage(
        "a sidecar hands all on to another proxy",
        "components/sidecars/chat-sees-whom-it-calls.yaml",
        (set_to("/spec/outboundTrafficPolicy/egressProxy", {"host": "x"}),),
        "components/sidecars",
    ),
    Breakage(
        "a name outside has an address of its own",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/endpoints", [{"address": "192.0.2.1"}]),),
        "components/providers/openai",
    ),
    Breakage(
        "a policy stands at the way in",
        "base/access/deny-by-default.yaml",
        (),
        beside=(
            resource(
                "security.istio.io/v1",
                "AuthorizationPolicy",
                "x",
                {"action": "ALLOW"},
                namespace="istio-ingress",
            ),
        ),
    ),
    Breakage(
        "every mesh has providers by default",
        "mesh/values.yaml",
        (set_to("/meshConfig/defaultProviders", {"accessLogging": ["envoy"]}),),
    ),
    Breakage(
        "every span has a header",
        "mesh/values.yaml",
        (
            set_to(
                "/meshConfig/defaultConfig/tracing",
                {"customTags": {"x": {"header": {"name": "authorization"}}}},
            ),
        ),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
