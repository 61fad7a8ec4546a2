"""A token that comes along is verified by the sidecar, and handed on to the service."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.mesh.rpcs import rpcs
from services.kit.caller import AUTH, Issuer, delegate
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding, Resource
from tools.mesh_check.rules.deny_by_default import WAYPOINT
from tools.mesh_check.system import JWKS_PATH, PARTS, SERVICES

report = Report(
    __name__,
    breaks="Istio refuses a token whose issuer no rule names, and every policy that "
    "asks for one refuses the call",
)
THE_WAYPOINT = "the waypoint"
JWKS = f"http://{PARTS['edge'].full}:8080{JWKS_PATH}"
HEADERS = [{"name": "authorization", "prefix": "Bearer "}]


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look for a rule for each issuer at each service, and for others."""
    given: dict[tuple[str, str], list[tuple[Resource, Mapping[str, Any]]]] = {}
    for one in mesh.of_kind("RequestAuthentication"):
        for rule in one.spec.get("jwtRules") or []:
            for part in one.parts or [whose(one)]:
                key = (part, str(rule.get("issuer")))
                given.setdefault(key, []).append((one, rule))
    for part, issuer in wanted(mesh):
        found = given.pop((part, issuer.name), [])
        if not found:
            yield report.missing(
                f"no rule of {part} names the issuer {issuer.name}",
                f"a RequestAuthentication for {part} with that issuer",
            )
        for one, rule in found:
            for wrong, write in problems(rule, issuer, mesh):
                yield report(one, wrong, write)
        if len(found) > 1:
            yield report(found[0][0], f"{part} has {len(found)} rules for it", "one")
    for (part, name), found in given.items():
        yield report(
            found[0][0],
            f"{part} takes tokens of {name}",
            f"only {AUTH.name}, and at each service those who call it for users",
            breaks="whoever has that issuer's key speaks for every user",
        )


def whose(one: Resource) -> str:
    """Say for whom a rule is that names no part."""
    return THE_WAYPOINT if one.targets == [WAYPOINT] else "every part"


def wanted(mesh: Mesh) -> Iterator[tuple[str, Issuer]]:
    """
    List whose tokens come to whom: users' to all, a service's where it may call.

    A waypoint fetches keys only for a rule that names the waypoint itself.
    """
    for part in (THE_WAYPOINT,) if mesh.is_ambient else SERVICES:
        yield part, AUTH
    delegates = {
        (caller, rpc.part)
        for rpc in rpcs().values()
        if rpc.needs_token
        for caller in rpc.callers & {"chat", "llm"}
    }
    for caller, part in sorted(delegates):
        yield part, delegate(caller, to=part)


def problems(
    rule: Mapping[str, Any], issuer: Issuer, mesh: Mesh
) -> Iterator[tuple[str, str]]:
    """Say what is wrong with one rule."""
    if rule.get("audiences") != [issuer.audience]:
        yield (
            f"the audiences are {rule.get('audiences')}",
            f"`audiences: [{issuer.audience}]`: who else takes it is another",
        )
    if rule.get("fromHeaders") != HEADERS or rule.get("fromParams"):
        yield (
            "it does not say that tokens come in the header `authorization` alone",
            "`fromHeaders`, else a token in the URL is taken too, and URLs are logged",
        )
    if rule.get("forwardOriginalToken") is not True:
        yield "the token ends here", "`forwardOriginalToken: true`: services verify it"
    if issuer == AUTH:
        if rule.get("jwksUri") != JWKS or "jwks" in rule:
            yield f"the keys come from {rule.get('jwksUri')}", f"`jwksUri: {JWKS}`"
        return
    if "jwksUri" in rule:
        yield "nobody publishes these keys", "`jwks`, with the public keys"
    try:
        keys = json.loads(rule.get("jwks", ""))["keys"]
    except (ValueError, KeyError, TypeError):
        yield "`jwks` is no key set", "`jwks: '{\"keys\": […]}'`"
        return
    if mesh.is_an_installation and not keys:
        yield (
            f"the installation has no key of {issuer.name}",
            f"a patch as components/example-keys/keys-of-{issuer.actor}.yaml",
        )
    for key in keys:
        if "d" in key or key.get("kty") != "EC" or not key.get("kid"):
            yield (
                "a key is not the public half of an EC key",
                "`kty`, `crv`, `x`, `y`, `kid`",
            )
