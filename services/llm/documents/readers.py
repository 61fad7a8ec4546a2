"""Who else reads a collection."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.kit.errors import InvalidField


@dataclass(frozen=True, slots=True)
class Readers:
    """
    Who else is to read a collection.

    `known` are those groups that the owner may name; None for all. Others stay, but do
    not come to it.
    """

    users: tuple[UUID, ...] = ()
    groups: tuple[UUID, ...] = ()
    known: frozenset[UUID] | None = None

    def require_known(self, before: Iterable[UUID]) -> None:
        """Refuse groups that the owner may not name and that were not among them."""
        if self.known is not None and set(self.groups) - self.known - set(before):
            expected = "users, and groups that you are in"
            raise InvalidField(field="collection.readers", expected=expected)


NO_READERS = Readers()
