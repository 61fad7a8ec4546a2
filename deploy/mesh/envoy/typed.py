"""Envoy's configuration, as plain dictionaries."""

from collections.abc import Callable
from typing import Any

Config = dict[str, Any]
# Says where a route configuration of this name is found.
Source = Callable[[str], Config]
PREFIX = "type.googleapis.com/envoy."


def typed(name: str, message: str, **fields: Any) -> Config:
    """Name an extension and write its configuration, but for fields that are None."""
    written = {key: value for key, value in fields.items() if value is not None}
    return {"name": name, "typed_config": {"@type": PREFIX + message, **written}}


def http_filter(name: str, message: str, **fields: Any) -> Config:
    """Write an HTTP filter: `jwt_authn` and `JwtAuthentication`, for example."""
    kind = f"extensions.filters.http.{name}.v3.{message}"
    return typed(f"envoy.filters.http.{name}", kind, **fields)


def address(target: str) -> Config:
    """Write where something listens: a Unix socket's path, or `host:port`."""
    if target.startswith(("/", "@")):
        return {"pipe": {"path": target}}
    host, _, port = target.rpartition(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}
