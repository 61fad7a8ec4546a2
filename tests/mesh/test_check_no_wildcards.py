"""Callers and methods by their whole names: patterns are found."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "no-wildcards"
BROKEN = [
    Breakage(
        "any caller may generate",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/from/0/source/principals/0", "*"),),
    ),
    Breakage(
        "any account of the namespace may generate",
        "base/access/chat-may-generate.yaml",
        (
            set_to(
                "/spec/rules/0/from/0/source/principals/0",
                "cluster.local/ns/parley/sa/*",
            ),
        ),
    ),
    Breakage(
        "a rule names no caller",
        "base/access/chat-may-generate.yaml",
        (take("/spec/rules/0/from"),),
    ),
    Breakage(
        "a caller is known by its namespace",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/from/0/source/namespaces", ["parley"]),),
    ),
    Breakage(
        "a token may be of anybody",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/from/0/source/requestPrincipals/0", "*"),),
    ),
    Breakage(
        "a path is a pattern",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/to/0/operation/paths/0", "/parley.llm.v1.*"),),
    ),
    Breakage(
        "a rule names no path",
        "base/access/chat-may-generate.yaml",
        (take("/spec/rules/0/to"),),
    ),
    Breakage(
        "any HTTP method will do",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/to/0/operation/methods", ["*"]),),
    ),
    Breakage(
        "a path is allowed by what it is not",
        "base/access/chat-may-generate.yaml",
        (set_to("/spec/rules/0/to/0/operation/notPaths", ["/x"]),),
    ),
    Breakage(
        "a rule depends on a condition",
        "base/access/chat-may-generate.yaml",
        (
            set_to(
                "/spec/rules/0/when", [{"key": "request.headers[x]", "values": ["y"]}]
            ),
        ),
    ),
    Breakage(
        "Prometheus may be anybody",
        "components/prometheus/prometheus-may-scrape.yaml",
        (set_to("/spec/rules/0/from/0/source/principals/0", "*"),),
        "components/prometheus",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
