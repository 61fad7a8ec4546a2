"""AuthorizationPolicy, as Envoy's RBAC filters (security/authz/builder, .../model)."""

import re
from collections.abc import Callable, Iterable, Sequence

from deploy.mesh.envoy import matching
from deploy.mesh.envoy.typed import Config, http_filter
from deploy.mesh.kinds.authorization import (
    AuthorizationPolicy,
    Condition,
    Operation,
    Rule,
    Source,
)
from deploy.mesh.kinds.base import Refused
from deploy.mesh.resources import Resource

Policies = Sequence[Resource[AuthorizationPolicy]]

SPIFFE = "spiffe://"
ANY: Config = {"any": True}
NOTHING: Config = {
    "permissions": [{"not_rule": ANY}],
    "principals": [{"not_id": ANY}],
}
IN_BRACKETS = re.compile(r"\[([^\[\]]+)\]")


def rbac_filters(policies: Policies, port: int) -> list[Config]:
    """
    Write the filters of one port of a workload.

    A request that a DENY matches is refused; then, if there is any ALLOW, one that no
    ALLOW matches is refused (istio.io, "Authorization Policy"; builder.go: build).
    """
    filters = []
    for action in ("DENY", "ALLOW"):
        chosen = [each for each in policies if each.spec.action == action]
        if chosen:
            rules = {"action": action, "policies": dict(written(chosen, port))}
            filters.append(http_filter("rbac", "RBAC", rules=rules))
    return filters


def written(policies: Policies, port: int) -> Iterable[tuple[str, Config]]:
    """Write each rule under the name that Istio gives it; no rules match nothing."""
    for policy in policies:
        name = f"ns[{policy.namespace}]-policy[{policy.name}]-rule"
        if not policy.spec.rules:
            yield f"{name}[0]", NOTHING
        for number, rule in enumerate(policy.spec.rules):
            try:
                yield f"{name}[{number}]", envoy_policy(rule, port)
            except Refused as refused:
                place = f"AuthorizationPolicy {policy.namespace}/{policy.name}"
                raise Refused(f"{place}: spec.rules[{number}]: {refused}") from None


def envoy_policy(rule: Rule, port: int) -> Config:
    """
    Write one rule: any of its sources, any of its operations, all of its conditions.

    model.go: New. A condition is about who asks, or about what is asked for.
    """
    caller, what = [], []
    for condition in rule.when:
        if condition.key == "destination.port":
            what += ports(condition.values, condition.not_values, port)
        else:
            caller += principal_condition(condition)
    sources = [[*of_source(each.source), *caller] for each in rule.sources]
    operations = [[*of_operation(each.operation, port), *what] for each in rule.to]
    return {
        "permissions": [
            {"and_rules": {"rules": all_of or [ANY]}} for all_of in operations or [what]
        ],
        "principals": [
            {"and_ids": {"ids": all_of or [ANY]}} for all_of in sources or [caller]
        ],
    }


def of_source(source: Source) -> list[Config]:
    """Write who may be the source of a request."""
    return [
        *who(peer_name, source.principals, source.not_principals),
        *who(
            request_principal, source.request_principals, source.not_request_principals
        ),
        *who(namespace, source.namespaces, source.not_namespaces),
    ]


def of_operation(operation: Operation, port: int) -> list[Config]:
    """Write what a request may ask for."""

    def hosts(values: Sequence[str]) -> list[Config]:
        return [
            {"header": matching.header(":authority", each, ignore_case=True)}
            for each in values
        ]

    def methods(values: Sequence[str]) -> list[Config]:
        return [{"header": matching.header(":method", each)} for each in values]

    return [
        *rules(hosts(operation.hosts), hosts(operation.not_hosts)),
        *rules(methods(operation.methods), methods(operation.not_methods)),
        *rules([*map(path, operation.paths)], [*map(path, operation.not_paths)]),
        *ports(operation.ports, operation.not_ports, port),
    ]


def principal_condition(condition: Condition) -> list[Config]:
    """Write a condition about who asks (generator.go)."""
    key, values, others = condition.key, condition.values, condition.not_values
    if key == "source.principal":
        return who(peer_name, values, others)
    if key == "source.namespace":
        return who(namespace, values, others)
    if key == "request.auth.principal":
        return who(request_principal, values, others)
    if key == "request.auth.audiences":
        return claim_ids(["aud"], values, others)
    if key == "request.auth.presenter":
        return claim_ids(["azp"], values, others)
    names = IN_BRACKETS.findall(key)
    if names and key == f"request.auth.claims{in_brackets(names)}":
        return claim_ids(names, values, others)
    if names and key == f"request.headers[{names[0]}]":
        name = names[0]
        return ids(
            [{"header": matching.header(name, each)} for each in values],
            [{"header": matching.header(name, each)} for each in others],
        )
    raise Refused(f"the bench does not implement the condition {key!r}")


def in_brackets(names: Sequence[str]) -> str:
    """Write the names of a claim within a claim."""
    return "".join(f"[{name}]" for name in names)


def who(
    written: Callable[[str], Config], values: Sequence[str], others: Sequence[str]
) -> list[Config]:
    """Ask for any of these, and none of those."""
    return ids([*map(written, values)], [*map(written, others)])


def peer_name(value: str) -> Config:
    """Match a principal: a SPIFFE id without its scheme."""
    return peer(matching.text(value, SPIFFE))


def peer(name: Config) -> Config:
    """Match the SPIFFE id of the certificate that the connection came with."""
    return {"authenticated": {"principal_name": name}}


def namespace(value: str) -> Config:
    """Match the namespace in a SPIFFE id (generator.go: srcNamespaceGenerator)."""
    pattern = ".*".join(map(re.escape, value.split("*")))
    return peer(matching.regex(f".*/ns/{pattern}/.*"))


def request_principal(value: str) -> Config:
    """
    Match `issuer/subject` of a good token (generator.go: requestPrincipalGenerator).

    The last slash parts them: an issuer may be a URL.
    """
    issuer, slash, subject = value.rpartition("/")
    if value == "*":
        both = matching.ANYTHING, matching.ANYTHING
    elif value.startswith("*"):
        both = matching.text(issuer or value), {"exact": subject}
        if not slash:
            both = matching.ANYTHING, matching.text(value)
    elif value.endswith("*"):
        both = {"exact": issuer}, matching.text(subject)
        if not slash:
            both = matching.text(value), matching.ANYTHING
    elif slash:
        both = {"exact": issuer}, {"exact": subject}
    else:
        raise Refused(f"a request principal is `issuer/subject`, not {value!r}")
    named = zip(("iss", "sub"), both, strict=True)
    claims = [{"metadata": matching.claim(name, matched)} for name, matched in named]
    return {"and_ids": {"ids": claims}}


def path(value: str) -> Config:
    """Match the path without its query; `{*}` and `{**}` are refused."""
    if "{" in value:
        raise Refused(f"the bench does not implement templates of paths: {value!r}")
    return {"url_path": {"path": matching.text(value)}}


def ports(values: Sequence[str], others: Sequence[str], port: int) -> list[Config]:
    """
    Match the port of the workload.

    Each has a listener of its own here, on another port of the machine: so what Envoy
    would ask of the connection is known before.
    """
    found = []
    if values:
        found.append(ANY if str(port) in values else {"not_rule": ANY})
    if others:
        found.append({"not_rule": ANY} if str(port) in others else ANY)
    return found


def claim_ids(
    names: Sequence[str], values: Sequence[str], others: Sequence[str]
) -> list[Config]:
    """Match a claim of the token."""
    return ids(
        [{"metadata": matching.claims(names, values)}] if values else [],
        [{"metadata": matching.claims(names, others)}] if others else [],
    )


def ids(wanted: Sequence[Config], unwanted: Sequence[Config]) -> list[Config]:
    """Ask for any of these, and none of those."""
    found: list[Config] = [{"or_ids": {"ids": [*wanted]}}] if wanted else []
    if unwanted:
        found.append({"not_id": {"or_ids": {"ids": [*unwanted]}}})
    return found


def rules(wanted: Sequence[Config], unwanted: Sequence[Config]) -> list[Config]:
    """Ask for any of these, and none of those."""
    found: list[Config] = [{"or_rules": {"rules": [*wanted]}}] if wanted else []
    if unwanted:
        found.append({"not_rule": {"or_rules": {"rules": [*unwanted]}}})
    return found
