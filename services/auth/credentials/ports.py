"""Where credentials are kept."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.users.emails import EmailAddress
from services.auth.users.model import User


class StoredCredentials(Protocol):
    """Stored passwords and addresses of users."""

    async def replace_password(self, user: User, password_hash: str) -> User | None:
        """
        Store another password; None if the user is gone, or not of this version now.

        A version begins. With the password end the sign-ins that wait for a second
        factor, and the codes by which another could be set.
        """

    async def replace_email(
        self, user_id: UUID, email: EmailAddress, verified: datetime | None
    ) -> User | None:
        """Store another address; None if it is taken, or the user is gone."""
