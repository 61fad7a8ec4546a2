"""There is room for live streams, and who fails is left out."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "replicas-are-guarded"
BROKEN = [
    Breakage(
        "a thousand streams are enough",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/connectionPool/http/http2MaxRequests", 1024),),
    ),
    Breakage(
        "there is no limit to streams",
        "base/replicas/of-chat.yaml",
        (take("/spec/trafficPolicy/connectionPool/http/http2MaxRequests"),),
    ),
    Breakage(
        "few may wait",
        "base/replicas/of-chat.yaml",
        (
            set_to(
                "/spec/trafficPolicy/connectionPool/http/http1MaxPendingRequests", 10
            ),
        ),
    ),
    Breakage(
        "a connection serves one stream",
        "base/replicas/of-chat.yaml",
        (
            set_to(
                "/spec/trafficPolicy/connectionPool/http/maxRequestsPerConnection", 1
            ),
        ),
    ),
    Breakage(
        "ten connections are enough",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/connectionPool/tcp/maxConnections", 10),),
    ),
    Breakage(
        "a dead replica is waited for",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/connectionPool/tcp/connectTimeout", "60s"),),
    ),
    Breakage(
        "a machine that vanished is not noticed",
        "base/replicas/of-chat.yaml",
        (take("/spec/trafficPolicy/connectionPool/tcp/tcpKeepalive"),),
    ),
    Breakage(
        "retries have no budget",
        "base/replicas/of-chat.yaml",
        (take("/spec/trafficPolicy/retryBudget"),),
    ),
    Breakage(
        "retries may double the load",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/retryBudget/percent", 100),),
    ),
    Breakage(
        "streams go in turn",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/loadBalancer/simple", "ROUND_ROBIN"),),
    ),
    Breakage(
        "regions are all the same",
        "base/replicas/of-chat.yaml",
        (take("/spec/trafficPolicy/loadBalancer/localityLbSetting"),),
    ),
    Breakage(
        "locality is off",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/loadBalancer/localityLbSetting/enabled", False),),
    ),
    Breakage(
        "nobody is left out",
        "base/replicas/of-chat.yaml",
        (take("/spec/trafficPolicy/outlierDetection"),),
    ),
    Breakage(
        "broken streams are not counted",
        "base/replicas/of-chat.yaml",
        (
            set_to(
                "/spec/trafficPolicy/outlierDetection/splitExternalLocalOriginErrors",
                False,
            ),
        ),
    ),
    Breakage(
        "answers are counted",
        "base/replicas/of-chat.yaml",
        (take("/spec/trafficPolicy/outlierDetection/consecutive5xxErrors"),),
    ),
    Breakage(
        "one refusal is enough",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/outlierDetection/consecutiveGatewayErrors", 1),),
    ),
    Breakage(
        "all may be left out",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/outlierDetection/maxEjectionPercent", 100),),
    ),
    Breakage(
        "when all are out nobody is asked",
        "base/replicas/of-chat.yaml",
        (take("/spec/trafficPolicy/outlierDetection/minHealthPercent"),),
    ),
    Breakage(
        "who failed stays out for an hour",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/outlierDetection/baseEjectionTime", "1h"),),
    ),
    Breakage(
        "the rule is for another host",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/host", "auth.parley.svc.cluster.local"),),
    ),
    Breakage(
        "gateways do not know the rule",
        "base/replicas/of-edge.yaml",
        (set_to("/spec/exportTo", ["."]),),
    ),
    Breakage(
        "some callers do not know the rule",
        "base/replicas/of-chat.yaml",
        (
            set_to(
                "/spec/workloadSelector",
                {"matchLabels": {"app.kubernetes.io/name": "edge"}},
            ),
        ),
    ),
    Breakage(
        "a version has no limit",
        "components/canary-chat/replicas-in-two-tracks.yaml",
        (set_to("/0/value/0/trafficPolicy", {"connectionPool": {}}),),
        "components/canary-chat",
    ),
    Breakage(
        "a port has no limit",
        "base/replicas/of-chat.yaml",
        (
            set_to(
                "/spec/trafficPolicy/portLevelSettings", [{"port": {"number": 50052}}]
            ),
        ),
    ),
    Breakage(
        "each answer has a connection to the egress gateway",
        "base/egress/to-the-gateway.yaml",
        (take("/spec/trafficPolicy/connectionPool/http/h2UpgradePolicy"),),
    ),
    Breakage(
        "a connection carries one stream at a time",
        "base/replicas/of-chat.yaml",
        (set_to("/spec/trafficPolicy/connectionPool/http/maxConcurrentStreams", 1),),
    ),
    Breakage(
        "a connection to the edge carries more calls than that takes",
        "base/replicas/of-edge.yaml",
        (take("/spec/trafficPolicy/connectionPool/http/maxConcurrentStreams"),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
