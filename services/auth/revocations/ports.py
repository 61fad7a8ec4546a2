"""How access tokens that have not expired come to be refused."""

from typing import Protocol
from uuid import UUID


class Revocations(Protocol):
    """Tells every service, within a second."""

    async def session(self, session_id: UUID) -> None:
        """Have the tokens of a session refused."""

    async def user(self, user_id: UUID, *, version: int) -> None:
        """Have the tokens of a user refused that are older than this version."""

    async def key(self, key_id: UUID) -> None:
        """Have the tokens of an API key refused."""
