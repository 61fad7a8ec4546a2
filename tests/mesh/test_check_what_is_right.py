"""What somebody may well want to change is let through by every rule."""

from tests.mesh.breaking import Breakage, in_turn, set_to, shipped, take
from tools.mesh_check.checking import check

PROVIDER = "components/providers/openai/llm-may-call-openai.yaml"
BLUE = "components/blue-green-chat"
MAY = [
    Breakage(
        "the health check has a route of its own",
        "base/traffic/to-chat.yaml",
        (
            set_to(
                "/spec/http/4/match",
                [{"uri": {"exact": "/grpc.health.v1.Health/Check"}}],
            ),
            set_to("/spec/http/4/name", "health"),
            set_to(
                "/spec/http/-",
                shipped().documents["base/traffic/to-chat.yaml"][0]["spec"]["http"][4],
            ),
        ),
    ),
    Breakage(
        "the log says why a connection failed",
        "mesh/values.yaml",
        (
            set_to(
                "/meshConfig/extensionProviders/1/envoyFileAccessLog/logFormat/labels/tls",
                "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
            ),
        ),
    ),
    Breakage(
        "versions are told apart by the label that Kubernetes recommends",
        f"{BLUE}/replicas-in-two-colours.yaml",
        (
            set_to("/0/value/0/labels", {"app.kubernetes.io/version": "1.4.0"}),
            set_to("/0/value/1/labels", {"app.kubernetes.io/version": "1.5.0"}),
        ),
        BLUE,
    ),
    Breakage(
        "a version is tried on what reads, and on nothing else",
        f"{BLUE}/all-to-blue.yaml",
        tuple(
            set_to(f"/{number}/value/{hop}/weight", weight)
            for number in (3, 7)
            for hop, weight in enumerate((90, 10))
        ),
        BLUE,
    ),
    Breakage(
        "a longer limit is given",
        "base/traffic/to-chat.yaml",
        (set_to("/spec/http/3/timeout", "30s"),),
    ),
    Breakage(
        "a resource says whose it is",
        "base/mtls/only-mutual-tls.yaml",
        (set_to("/metadata/labels", {"app.kubernetes.io/part-of": "parley"}),),
    ),
    Breakage(
        "more connections are allowed",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/connectionPool/tcp/maxConnections", 2048),),
    ),
    Breakage(
        "more calls are sampled",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (set_to("/spec/tracing/0/randomSamplingPercentage", 50),),
    ),
    Breakage(
        "a read is no longer asked again in a game day",
        "components/game-day/chat-is-flaky/some-calls-to-chat-fail.yaml",
        (take("/1/value/delay"),),
        "components/game-day/chat-is-flaky",
    ),
]


@in_turn(MAY)
def test_no_rule_minds_that(broken: Breakage) -> None:
    found = check(broken.folder(), frozenset({broken.mesh}))

    assert [str(one) for one in found] == []


def test_no_rule_minds_that_a_provider_is_at_another_port() -> None:
    text = (
        shipped()
        .texts[PROVIDER]
        .replace("443", "8443")
        .replace("{name: egress-istio, port: 8443}", "{name: egress-istio, port: 443}")
    )

    found = check(
        shipped().with_text(PROVIDER, text), frozenset({"components/providers/openai"})
    )

    assert [str(one) for one in found] == []


def test_no_rule_minds_that_an_installation_stands_behind_a_proxy() -> None:
    file = "overlays/example/address-of-the-gateway.yaml"
    operations = [
        *shipped().documents[file][0],
        {
            "op": "replace",
            "path": "/spec/infrastructure/annotations/proxy.istio.io~1config",
            "value": '{"gatewayTopology": {"numTrustedProxies": 1}}',
        },
    ]

    found = check(
        shipped().with_documents(file, [operations]), frozenset({"overlays/example"})
    )

    assert [str(one) for one in found] == []
