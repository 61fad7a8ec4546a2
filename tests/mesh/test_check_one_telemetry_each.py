"""No Telemetry is hidden by another."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, resource, set_to

RULE = "one-telemetry-each"
TELEMETRY = "telemetry.istio.io/v1"
BROKEN = [
    Breakage(
        "traces have a Telemetry of their own again",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (),
        beside=(resource(TELEMETRY, "Telemetry", "traces", {"tracing": []}),),
    ),
    Breakage(
        "a selector is empty",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (),
        beside=(resource(TELEMETRY, "Telemetry", "traces", {"selector": {}}),),
    ),
    Breakage(
        "chat is counted in two places",
        "base/telemetry/metrics-by-method.yaml",
        (set_to("/spec/selector/matchLabels/app.kubernetes.io~1name", "chat"),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
