"""Where sessions are kept."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.sessions.model import Session


class StoredSessions(Protocol):
    """Stored sessions."""

    async def add(self, session: Session) -> bool:
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

    async def delete(
        self, session_id: UUID, *, user_id: UUID | None = None
    ) -> Session | None:
        """Delete a session, if it is there and the user's; return it as it was."""
