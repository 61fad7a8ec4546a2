"""Which fields an update is about (AIP-134)."""

from collections.abc import Sequence
from typing import Any

from services.kit.errors import InvalidField


def masked(paths: Sequence[str], mutable: Sequence[str]) -> Sequence[str]:
    """Name the fields that a mask which is there means (AIP-134)."""
    for path in paths:
        if path != "*" and path not in mutable:
            raise InvalidField(
                field="update_mask", path=path[:200], expected=", ".join(mutable)
            )
    return mutable if "*" in paths else paths


def changed_fields(
    resource: Any, paths: Sequence[str], mutable: Sequence[str]
) -> Sequence[str]:
    """Name the fields that an update changes: without a mask those with a value."""
    if paths:
        return masked(paths, mutable)
    return [field for field in mutable if getattr(resource, field)]
