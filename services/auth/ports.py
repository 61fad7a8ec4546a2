"""What the auth service needs from the outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.model import Session, User


class Store(Protocol):
    """Users and their sessions."""

    async def add_user(
        self, user: User, session: Session, *, request_id: UUID | None
    ) -> bool:
        """Store a user with a session; False if the address or the request ID is."""

    async def user(self, user_id: UUID) -> User | None:
        """Return a user."""

    async def user_of_email(self, email_key: str) -> User | None:
        """Return the user who has an address."""

    async def user_of_request(self, request_id: UUID) -> User | None:
        """Return the user whom a request created."""

    async def replace_hash(self, user: User, password_hash: str) -> None:
        """Store a new hash of the same password, unless it has changed."""

    async def delete_user(self, user_id: UUID) -> None:
        """Delete a user with all sessions, if it is there."""

    async def add_session(self, session: Session) -> bool:
        """Store a session; False if its user is gone."""

    async def rotate(
        self, session_id: UUID, counter: int, now: datetime
    ) -> Session | None:
        """
        Exchange the refresh token with this counter.

        The current one is replaced by the next, unless it is newer than the grace. The
        one before it, if it was replaced within the grace, changes nothing. Both return
        the session with the counter that is current then; any other returns None.
        """

    async def delete_session(
        self, session_id: UUID, *, user_id: UUID | None = None
    ) -> Session | None:
        """Delete a session, if it is there and the user's; return it as it was."""


class DataOwner(Protocol):
    """Another service that keeps something of users."""

    async def erase(self, user_id: UUID, *, token: str) -> None:
        """
        Have all that it keeps of a user erased, and all that is still to come.

        The access token is the user's own. `Unavailable` if the service cannot be
        asked; asking again is harmless.
        """


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened, and for how long that is remembered."""

    total: int
    seconds_left: float


class Counter(Protocol):
    """Counts what happens within windows of time."""

    async def add(self, key: str, window_seconds: float) -> Count:
        """Count once more, atomically; the first time begins the window."""

    async def clear(self, key: str) -> None:
        """Forget."""
