"""Resource names, from whatever a caller has: a resource, its name or its id."""

from typing import Protocol


class Named(Protocol):
    """A resource."""

    @property
    def name(self) -> str:
        """Its resource name."""


def name_of(what: Named | str, parent: str) -> str:
    """Return the resource name of something that lies in a collection."""
    if not isinstance(what, str):
        return what.name
    return what if "/" in what else f"{parent}/{what}"


def id_of(what: Named | str) -> str:
    """Return the last part of a resource name."""
    name = what if isinstance(what, str) else what.name
    return name.rpartition("/")[2]
