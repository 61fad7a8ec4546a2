"""RequestAuthentication, as Envoy's JWT filter (security/authn/policy_applier.go)."""

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from deploy.mesh.envoy.clusters import cluster_name
from deploy.mesh.envoy.matching import PAYLOAD
from deploy.mesh.envoy.typed import Config, http_filter
from deploy.mesh.kinds.base import Refused, seconds
from deploy.mesh.kinds.tokens import JwtRule, RequestAuthentication
from deploy.mesh.resources import Resource

# Always read as lists of words (policy_applier.go: buildSpaceDelimitedClaims).
WORDS = ["permission", "scope"]
ALLOW_MISSING: Config = {"allow_missing": {}}
DEFAULT_PORTS = {"http": 80, "https": 443}


def jwt_filters(
    policies: Sequence[Resource[RequestAuthentication]], *, fetching: bool
) -> list[Config]:
    """
    Write the filter that refuses bad tokens, and lets requests without one through.

    `fetching`: whether sidecars fetch the keys that a URI names.
    """
    found = [rule for policy in policies for rule in policy.spec.jwt_rules]
    if not found:
        return []
    found.sort(key=lambda rule: rule.issuer)
    names = [f"origins-{number}" for number in range(len(found))]
    providers = {
        name: provider(rule, fetching) for name, rule in zip(names, found, strict=True)
    }
    return [
        http_filter(
            "jwt_authn",
            "JwtAuthentication",
            providers=providers,
            rules=[{"match": {"prefix": "/"}, "requires": requirement(names)}],
            bypass_cors_preflight=True,
        )
    ]


def requirement(names: Sequence[str]) -> Config:
    """
    Ask for a token of any issuer, or for none.

    With several issuers: one of them, or of each one a good token or none.
    """
    each = [any_of([{"provider_name": name}, ALLOW_MISSING]) for name in names]
    if len(each) == 1:
        return each[0]
    ones: list[Config] = [{"provider_name": name} for name in names]
    return any_of([*ones, {"requires_all": {"requirements": each}}])


def any_of(requirements: Sequence[Config]) -> Config:
    """Ask for one of these."""
    return {"requires_any": {"requirements": [*requirements]}}


def provider(rule: JwtRule, fetching: bool) -> Config:
    """Write how the tokens of one issuer are checked."""
    written: Config = {
        "issuer": rule.issuer,
        "audiences": rule.audiences,
        "forward": rule.forward_original_token,
        "payload_in_metadata": PAYLOAD,
        "normalize_payload_in_metadata": {"space_delimited_claims": WORDS},
        "from_headers": [
            {"name": each.name, "value_prefix": each.prefix}
            for each in rule.from_headers
        ],
        "claim_to_headers": [
            {"header_name": each.header, "claim_name": each.claim}
            for each in rule.output_claim_to_headers
        ],
    }
    if rule.output_payload_to_header:
        written["forward_payload_header"] = rule.output_payload_to_header
    return written | key_set(rule, fetching)


def key_set(rule: JwtRule, fetching: bool) -> Config:
    """
    Say which keys tokens of an issuer may be signed with.

    They stand in the rule, or the sidecar fetches them, for five minutes at a time, at
    the first token that needs them. (JwksFetchMode `envoy`; by default istiod fetches
    them, and writes them into what it sends: there is no istiod here.)
    """
    if rule.jwks:
        if not keys_in(rule.jwks):
            raise Refused(
                f"issuer {rule.issuer}: the key set is empty or none, and Envoy "
                "refuses a listener with such a set: nothing would reach the service"
            )
        return {"local_jwks": {"inline_string": rule.jwks}}
    if not rule.jwks_uri:
        raise Refused(f"issuer {rule.issuer}: neither jwks nor jwksUri is given")
    if not fetching:
        raise Refused(
            f"issuer {rule.issuer}: the bench has no istiod to fetch {rule.jwks_uri}; "
            "set PILOT_JWT_ENABLE_REMOTE_JWKS to envoy"
        )
    host, port = place_of(rule.jwks_uri)
    source = {
        "uri": rule.jwks_uri,
        "cluster": cluster_name(host, port),
        "timeout": seconds(rule.timeout) if rule.timeout else "5s",
    }
    return {"remote_jwks": {"http_uri": source, "cache_duration": "300s"}}


def keys_in(text: str) -> object:
    """Return the keys of a set, or nothing if there are none or it is no set."""
    try:
        written = json.loads(text)
    except json.JSONDecodeError:
        return None
    return written.get("keys") if isinstance(written, dict) else None


def place_of(uri: str) -> tuple[str, int]:
    """Say which host and port a URI names."""
    try:
        found = urlsplit(uri)
        return str(found.hostname), found.port or DEFAULT_PORTS[found.scheme]
    except (KeyError, ValueError):
        raise Refused(f"jwksUri {uri!r} is no URL of http or https") from None
