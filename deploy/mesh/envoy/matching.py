"""Texts and claims that a policy asks for (security/authz/matcher/)."""

import re
from collections.abc import Sequence

from deploy.mesh.envoy.typed import Config

JWT_FILTER = "envoy.filters.http.jwt_authn"
# Where the claims of a good token stand (xds/filters: EnvoyJwtFilterPayload).
PAYLOAD = "payload"
ANYTHING: Config = {"safe_regex": {"regex": ".+"}}


def text(value: str, prefix: str = "") -> Config:
    """Match a text; `*` stands for anything, at one end (string.go)."""
    if value == "*":
        return ANYTHING
    if value.startswith("*"):
        if not prefix:
            return {"suffix": value[1:]}
        return regex(f"{prefix}.*{re.escape(value[1:])}")
    if value.endswith("*"):
        return {"prefix": prefix + value[:-1]}
    return {"exact": prefix + value}


def regex(pattern: str) -> Config:
    """Match a regular expression (RE2), all of it."""
    return {"safe_regex": {"regex": pattern}}


def header(name: str, value: str, *, ignore_case: bool = False) -> Config:
    """Match a header: any value, a beginning, an end, or all of it (header.go)."""
    if value == "*":
        return {"name": name, "present_match": True}
    matched = text(value)
    if ignore_case:
        matched = {**matched, "ignore_case": True}
    return {"name": name, "string_match": matched}


def claim(name: str, matched: Config) -> Config:
    """Match a claim that is a text (MetadataStringMatcherForJWTClaim)."""
    return metadata([name], {"string_match": matched})


def claims(names: Sequence[str], values: Sequence[str]) -> Config:
    """
    Match a claim that is, or is a list with, one of these texts.

    security/authz/model/util.go: MetadataListValueMatcherForJWTClaims.
    """
    matched = [{"string_match": text(value)} for value in values]
    one = matched[0] if len(matched) == 1 else {"or_match": {"value_matchers": matched}}
    either = [{"list_match": {"one_of": one}}, one]
    return metadata(names, {"or_match": {"value_matchers": either}})


def metadata(names: Sequence[str], value: Config) -> Config:
    """Match what the JWT filter wrote down of a good token."""
    path = [{"key": key} for key in (PAYLOAD, *names)]
    return {"filter": JWT_FILTER, "path": path, "value": value}
