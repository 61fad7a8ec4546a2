"""Where users are kept."""

from typing import Protocol
from uuid import UUID

from services.auth.users.model import User


class Users(Protocol):
    """Stored users."""

    async def user(self, user_id: UUID) -> User | None:
        """Return a user."""

    async def user_of_email(self, email_key: str) -> User | None:
        """Return the user who has an address."""

    async def user_of_request(self, request_id: UUID) -> User | None:
        """Return the user whom a request created."""

    async def any(self) -> bool:
        """Tell whether there is anybody."""

    async def is_last_owner(self, user_id: UUID) -> bool:
        """Tell whether nobody would own the installation without a user, of several."""

    async def replace_hash(self, user: User, password_hash: str) -> None:
        """Store a new hash of the same password, unless it has changed."""

    async def rename(self, user_id: UUID, display_name: str) -> User | None:
        """Store what others see of a user; None if the user is gone."""

    async def delete(self, user_id: UUID) -> None:
        """
        Delete a user with all that refers to it, if it is there.

        `LastOwner` if others would be left without an owner.
        """
