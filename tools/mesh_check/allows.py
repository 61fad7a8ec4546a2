"""What the AuthorizationPolicies of a mesh allow, one line each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.resource import Resource


@dataclass(frozen=True, slots=True)
class Allow:
    """One caller may do one kind of thing."""

    resource: Resource
    caller: str  # as the policy names it
    tokens: tuple[str, ...]  # `requestPrincipals`; none: with or without a token
    operation: Mapping[str, Any]

    @property
    def paths(self) -> list[str]:
        """The paths; none: all."""
        found: list[str] = self.operation.get("paths") or []
        return found


def allows(mesh: Mesh) -> Iterator[Allow]:
    """Take every policy apart: by caller and by operation."""
    for resource in mesh.of_kind("AuthorizationPolicy"):
        if resource.spec.get("action", "ALLOW") != "ALLOW":
            continue
        for rule in resource.spec.get("rules") or []:
            for operation in operations(rule):
                for source in sources(rule):
                    for caller in source.get("principals") or ["*"]:
                        tokens = tuple(source.get("requestPrincipals") or ())
                        yield Allow(resource, caller, tokens, operation)


def operations(rule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List what a rule is about; without `to`, everything."""
    return [to.get("operation") or {} for to in rule.get("to") or [{}]]


def sources(rule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List whom a rule is about; without `from`, everybody."""
    return [given.get("source") or {} for given in rule.get("from") or [{}]]
