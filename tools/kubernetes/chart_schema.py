"""What people are told of the chart's values, and which of them Helm takes."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tools.kubernetes.chart_values import ENABLED, VALUES, defaults
from tools.kubernetes.manifests import Manifests


def comments() -> Mapping[str, str]:
    """Return what is said above a group of values."""
    said = {"environment": "More variables of a service: docs/settings.md."} | ENABLED
    for value in VALUES:
        group = value.name.partition(".")[0]
        if value.why:
            said.setdefault(group, value.why)
    return said


def values_file(manifests: Manifests) -> str:
    """Write the file of defaults, each group under what it is for."""
    return "".join(
        f"\n# {comments()[group]}\n"
        + yaml.dump({group: value}, sort_keys=False, width=1000)
        for group, value in defaults(manifests).items()
    )


def other(usual: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values in which an environment differs from the defaults."""
    changed: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            value = other(usual[name], value)
            if value:
                changed[name] = value
        elif value != usual[name]:
            changed[name] = value
    return changed


OPEN = re.compile(r"^(resources\.\w+|environment\.\w+|\w+\.resources)(\.|$)")


def schema(found: Any, name: str = "") -> dict[str, Any]:
    """Say what values may be: those that there are, of the types that they have."""
    if isinstance(found, dict):
        closed = not OPEN.match(name)
        own = {
            "type": "object",
            "additionalProperties": not closed,
            "properties": {
                key: schema(value, f"{name}.{key}".lstrip("."))
                for key, value in found.items()
            },
        }
        return own if closed else {"type": "object"}
    kinds: dict[type, str] = {
        bool: "boolean",
        int: "integer",
        str: "string",
        list: "array",
    }
    return {"type": kinds[type(found)]}
