"""Where credentials are kept."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.users.emails import EmailAddress
from services.auth.users.model import User


class StoredCredentials(Protocol):
    """
    Stored passwords and addresses of users.

    Each change begins a new version of the user, so that access tokens of the one
    before can be refused.
    """

    async def replace_password(
        self, user: User, password_hash: str, *, ends_sessions: bool
    ) -> User | None:
        """
        Store another password; None if the user is gone or has another one already.

        A version begins, unless the other sessions are to go on.
        """

    async def replace_email(
        self, user_id: UUID, email: EmailAddress, verified: datetime | None
    ) -> User | None:
        """Store another address; None if it is taken, or the user is gone."""
