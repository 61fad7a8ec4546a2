"""What is true of the whole mesh is said."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "mesh-wide"
BROKEN = [
    Breakage(
        "Istio retries on its own",
        "mesh/values.yaml",
        (take("/meshConfig/defaultHttpRetryPolicy"),),
    ),
    Breakage(
        "Istio retries once",
        "mesh/values.yaml",
        (set_to("/meshConfig/defaultHttpRetryPolicy/attempts", 1),),
    ),
    Breakage(
        "every address is reached",
        "mesh/values.yaml",
        (set_to("/meshConfig/outboundTrafficPolicy/mode", "ALLOW_ANY"),),
    ),
    Breakage(
        "paths are compared as they come",
        "mesh/values.yaml",
        (set_to("/meshConfig/pathNormalization/normalization", "NONE"),),
    ),
    Breakage(
        "the mesh has another name",
        "mesh/values.yaml",
        (set_to("/meshConfig/trustDomain", "example.org"),),
    ),
    Breakage(
        "TLS is not made by itself",
        "mesh/values.yaml",
        (set_to("/meshConfig/enableAutoMtls", False),),
    ),
    Breakage(
        "old TLS will do",
        "mesh/values.yaml",
        (take("/meshConfig/meshMTLS"),),
    ),
    Breakage(
        "services start before their sidecars",
        "mesh/values.yaml",
        (take("/meshConfig/defaultConfig/holdApplicationUntilProxyStarts"),),
    ),
    Breakage(
        "sidecars end before their streams",
        "mesh/values.yaml",
        (take("/meshConfig/defaultConfig/proxyMetadata"),),
    ),
    Breakage(
        "istiod fetches the keys",
        "mesh/values.yaml",
        (take("/pilot/env/PILOT_JWT_ENABLE_REMOTE_JWKS"),),
    ),
    Breakage(
        "a changed policy cuts replies",
        "mesh/values.yaml",
        (take("/meshConfig/defaultConfig/drainDuration"),),
    ),
    Breakage(
        "a changed policy cuts long replies",
        "mesh/values.yaml",
        (set_to("/meshConfig/defaultConfig/drainDuration", "30m"),),
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
