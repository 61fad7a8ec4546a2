"""Policies name callers, methods and paths, each by its whole name."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.mesh_check.allows import operations, sources
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding

report = Report(
    __name__,
    breaks="whoever fits the pattern may call, also who is added later",
)
SOURCE = {"principals", "requestPrincipals"}
OPERATION = {"paths", "methods", "ports", "hosts"}


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look at every rule of every policy."""
    for policy in mesh.of_kind("AuthorizationPolicy"):
        for rule in policy.spec.get("rules") or []:
            for wrong, write in problems(rule):
                yield report(policy, wrong, write)


def problems(rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say what is wide in one rule."""
    if rule.get("when"):
        yield (
            "it has a `when`",
            "`from` and `to`, which can be compared with the protos",
        )
    for source in sources(rule):
        if not source.get("principals"):
            yield "a rule names no caller", "`principals`, each by its whole name"
        if unknown := set(source) - SOURCE:
            yield f"it goes by {sorted(unknown)}", "`principals`: only they are proven"
        for name in source.get("principals") or []:
            if "*" in name:
                yield f"the caller `{name}` is a pattern", "the account's whole name"
        for name in source.get("requestPrincipals") or []:
            issuer, _, subject = name.partition("/")
            if "*" in issuer or not issuer or subject != "*":
                yield f"the token `{name}` has any issuer", "`parley/*` or the like"
    for operation in operations(rule):
        if not set(operation) & {"paths", "ports", "hosts"}:
            yield "a rule names no path and no port", "every path by its whole name"
        if unknown := set(operation) - OPERATION:
            yield f"it goes by {sorted(unknown)}", "what is allowed, not what is not"
        for name in operation.get("paths") or []:
            if "*" in name or "{" in name:
                yield (
                    f"the path `{name}` is a pattern",
                    "every method by its whole name",
                )
        for name in [
            *(operation.get("methods") or []),
            *(operation.get("hosts") or []),
        ]:
            if "*" in name:
                yield f"`{name}` is a pattern", "each by its whole name"
