"""Logs, traces and metrics hold nothing that a user wrote."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "nothing-a-user-wrote"
BROKEN = [
    Breakage(
        "the log holds the query",
        "mesh/values.yaml",
        (
            set_to(
                "/meshConfig/extensionProviders/1/envoyFileAccessLog/logFormat/labels/path",
                "%REQ(:PATH)%",
            ),
        ),
    ),
    Breakage(
        "the log holds the token",
        "mesh/values.yaml",
        (
            set_to(
                "/meshConfig/extensionProviders/1/envoyFileAccessLog/logFormat/labels/who",
                "%REQ(AUTHORIZATION)%",
            ),
        ),
    ),
    Breakage(
        "the log has Istio's own form",
        "mesh/values.yaml",
        (take("/meshConfig/extensionProviders/1/envoyFileAccessLog/logFormat"),),
    ),
    Breakage(
        "a second log is written",
        "mesh/values.yaml",
        (set_to("/meshConfig/accessLogFile", "/dev/stdout"),),
    ),
    Breakage(
        "nobody takes the traces",
        "mesh/values.yaml",
        (take("/meshConfig/extensionProviders/0"),),
    ),
    Breakage(
        "spans hold a header",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (
            set_to(
                "/spec/tracing/0/customTags",
                {"who": {"header": {"name": "authorization"}}},
            ),
        ),
    ),
    Breakage(
        "there are no spans",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (set_to("/spec/tracing/0/disableSpanReporting", True),),
    ),
    Breakage(
        "no call is sampled",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (take("/spec/tracing/0/randomSamplingPercentage"),),
    ),
    Breakage(
        "the log is off",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (set_to("/spec/accessLogging/0/disabled", True),),
    ),
    Breakage(
        "another log is used",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (set_to("/spec/accessLogging/0/providers/0/name", "envoy"),),
    ),
    Breakage(
        "paths of strangers are counted",
        "base/telemetry/metrics-by-method.yaml",
        (
            set_to(
                "/spec/metrics/0/overrides/0/tagOverrides/grpc_method/value",
                "request.url_path",
            ),
        ),
    ),
    Breakage(
        "a header is counted",
        "base/telemetry/metrics-by-method.yaml",
        (
            set_to(
                "/spec/metrics/0/overrides/0/tagOverrides/grpc_method/value",
                "request.headers['x']",
            ),
        ),
    ),
    Breakage(
        "the edge's paths are counted",
        "base/telemetry/metrics-by-method.yaml",
        (set_to("/spec/selector/matchLabels/app.kubernetes.io~1name", "edge"),),
    ),
    Breakage(
        "spans hold the query",
        "mesh/values.yaml",
        (take("/meshConfig/extensionProviders/0/opentelemetry/maxTagLength"),),
    ),
    Breakage(
        "spans hold the beginning of the query",
        "mesh/values.yaml",
        (set_to("/meshConfig/extensionProviders/0/opentelemetry/maxTagLength", 256),),
    ),
    Breakage(
        "a second provider is named beside ours",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (set_to("/spec/accessLogging/0/providers/-", {"name": "envoy"}),),
    ),
    Breakage(
        "there is a third provider",
        "mesh/values.yaml",
        (set_to("/meshConfig/extensionProviders/-", {"name": "another"}),),
    ),
    Breakage(
        "what a bad token was refused for is counted by its path",
        "base/telemetry/metrics-by-method.yaml",
        (
            set_to(
                "/spec/metrics/0/overrides/0/tagOverrides/grpc_method/value",
                "request.url_path.startsWith('/parley.auth.v1.') && "
                "!response.code_details.startsWith('rbac') ? request.url_path "
                ": 'other'",
            ),
        ),
    ),
    Breakage(
        "paths are counted at the way in",
        "base/telemetry/logs-and-traces-without-content.yaml",
        (
            set_to(
                "/spec/metrics",
                [{"overrides": [{"tagOverrides": {"x": {"value": "request.path"}}}]}],
            ),
        ),
        document=1,
    ),
    Breakage(
        "methods are not counted",
        "base/telemetry/metrics-by-method.yaml",
        (take("/spec/metrics"),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
