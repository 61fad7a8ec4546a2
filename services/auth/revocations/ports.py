"""Where revocations are written and read."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from services.kit.revocations import Revoked


class Revocations(Protocol):
    """Has every service refuse, within a second, what its access token still allows."""

    async def session(self, session_id: UUID) -> None:
        """Refuse the access tokens of a session."""

    async def user(self, user_id: UUID, *, version: int) -> None:
        """Refuse the access tokens of a user that are older than this version."""

    async def key(self, key_id: UUID) -> None:
        """Refuse the access tokens that an API key was exchanged for."""

    async def token(self, token_id: UUID) -> None:
        """Refuse one access token, with which somebody acts as somebody else."""


class StoredRevocations(Protocol):
    """Stored revocations."""

    async def since(self, age: timedelta) -> Mapping[int, Revoked]:
        """Return what was revoked within this time until now, by its number."""
