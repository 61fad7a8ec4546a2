"""Calls leave the mesh by name, through the gateway, as llm."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "egress-is-by-name"
BROKEN = [
    Breakage(
        "every name of a provider is listed",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/hosts/0", "*.openai.com"),),
        "components/providers/openai",
    ),
    Breakage(
        "the whole cluster sees the name",
        "components/providers/openai/llm-may-call-openai.yaml",
        (take("/spec/exportTo"),),
        "components/providers/openai",
    ),
    Breakage(
        "the address is the caller's choice",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/resolution", "NONE"),),
        "components/providers/openai",
    ),
    Breakage(
        "the name is taken for one of the mesh",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/location", "MESH_INTERNAL"),),
        "components/providers/openai",
    ),
    Breakage(
        "a third port is open",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/ports/-", {"number": 22, "name": "tcp", "protocol": "TCP"}),),
        "components/providers/openai",
    ),
    Breakage(
        "sidecars go past the gateway",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/rules/0/backendRefs/0/name", "llm"),),
        "components/providers/openai",
        1,
    ),
    Breakage(
        "the gateway sends it elsewhere",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/rules/0/backendRefs/0/name", "evil.example"),),
        "components/providers/openai",
        2,
    ),
    Breakage(
        "the gateway speaks plaintext",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/trafficPolicy/portLevelSettings/0/tls/mode", "DISABLE"),),
        "components/providers/openai",
        3,
    ),
    Breakage(
        "any certificate will do",
        "components/providers/openai/llm-may-call-openai.yaml",
        (take("/spec/trafficPolicy/portLevelSettings/0/tls/subjectAltNames"),),
        "components/providers/openai",
        3,
    ),
    Breakage(
        "no certificate is looked at",
        "components/providers/openai/llm-may-call-openai.yaml",
        (
            set_to(
                "/spec/trafficPolicy/portLevelSettings/0/tls/insecureSkipVerify", True
            ),
        ),
        "components/providers/openai",
        3,
    ),
    Breakage(
        "chat may leave, too",
        "components/providers/openai/llm-may-call-openai.yaml",
        (
            set_to(
                "/spec/rules/0/from/0/source/principals/-",
                "cluster.local/ns/parley/sa/chat",
            ),
        ),
        "components/providers/openai",
        4,
    ),
    Breakage(
        "llm may call a host that is not listed",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/rules/0/to/0/operation/hosts/-", "evil.example"),),
        "components/providers/openai",
        4,
    ),
    Breakage(
        "llm may call every host",
        "components/providers/openai/llm-may-call-openai.yaml",
        (take("/spec/rules/0/to/0/operation/hosts"),),
        "components/providers/openai",
        4,
    ),
    Breakage(
        "one path alone goes to the gateway",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/rules/0/matches", [{"path": {"value": "/v1"}}]),),
        "components/providers/openai",
        1,
    ),
    Breakage(
        "the gateway sends one path on",
        "components/providers/openai/llm-may-call-openai.yaml",
        (set_to("/spec/rules/0/matches", [{"path": {"value": "/v1"}}]),),
        "components/providers/openai",
        2,
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
