"""Headers that routes ask for, and what becomes of them (core/route/route.go)."""

from deploy.mesh.envoy.typed import Config
from deploy.mesh.kinds.base import Refused, StringMatch
from deploy.mesh.kinds.routes import HeaderOperations, Headers, Match

AUTHORITY = ("host", ":authority")


def request_match(match: Match) -> Config:
    """Write which requests a route is for (TranslateRouteMatch)."""
    found: Config = {"prefix": "/", "case_sensitive": True}
    if match.uri:
        found = {**uri_match(match.uri), "case_sensitive": True}
    asked = {
        **match.headers,
        **({":method": match.method} if match.method else {}),
        **({":authority": match.authority} if match.authority else {}),
    }
    wanted = [header_match(name, value) for name, value in sorted(asked.items())]
    for name, value in sorted(match.without_headers.items()):
        unwanted = header_match(name, value) | {"invert_match": True}
        if "string_match" in unwanted:
            unwanted["treat_missing_header_as_empty"] = True
        wanted.append(unwanted)
    return {**found, "headers": wanted} if wanted else found


def uri_match(uri: StringMatch) -> Config:
    """Match a path without its query."""
    if uri.exact is not None:
        return {"path": uri.exact}
    if uri.prefix is not None:
        return {"prefix": uri.prefix}
    return {"safe_regex": {"regex": uri.regex}}


def header_match(name: str, value: StringMatch) -> Config:
    """Match a header; the regular expression `*` asks for any value."""
    if name.startswith("@"):
        raise Refused(f"the bench does not implement the match {name!r}")
    if value.regex == "*":
        return {"name": name, "present_match": True}
    matched: Config = {"safe_regex": {"regex": value.regex}}
    if value.exact is not None:
        matched = {"exact": value.exact}
    elif value.prefix is not None:
        matched = {"prefix": value.prefix}
    return {"name": name, "string_match": matched}


def header_changes(*asked: Headers | None) -> Config:
    """Write what becomes of headers (TranslateHeadersOperations)."""
    found: Config = {}
    for said in asked:
        if said:
            both = (("request", said.request), ("response", said.response))
            for kind, operations in both:
                added = found.setdefault(f"{kind}_headers_to_add", [])
                added += changes(operations)
                removed = found.setdefault(f"{kind}_headers_to_remove", [])
                removed += operations.remove
    return {name: value for name, value in found.items() if value}


def changes(operations: HeaderOperations) -> list[Config]:
    """Write which headers are set, and which are added to those that are there."""
    for name in (*operations.set, *operations.add):
        if name.lower() in AUTHORITY:
            raise Refused(f"set the authority by `rewrite`, not by the header {name}")
    kinds = (
        (operations.set, "OVERWRITE_IF_EXISTS_OR_ADD"),
        (operations.add, "APPEND_IF_EXISTS_OR_ADD"),
    )
    return [
        {"header": {"key": key, "value": value}, "append_action": kind}
        for said, kind in kinds
        for key, value in sorted(said.items())
    ]
