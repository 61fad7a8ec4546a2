"""What coming and going needs from the outside."""

from typing import Protocol
from uuid import UUID

from services.auth.invitations.model import Admission
from services.auth.sessions.model import Session
from services.auth.users.model import User


class NewAccounts(Protocol):
    """Stored users together with their first session."""

    async def add(
        self,
        user: User,
        session: Session,
        *,
        request_id: UUID | None,
        admission: Admission,
    ) -> User | None:
        """
        Store a user with a session, and return the user as stored.

        None if the address or the request ID is. Uses the invitation of the admission
        up (`InvitationEnded`).
        """


class DataOwner(Protocol):
    """Another service that keeps something of users."""

    async def erase(self, user_id: UUID, *, token: str) -> None:
        """
        Have all that it keeps of a user erased, and all that is still to come.

        The access token speaks for the user. `Unavailable` if the service cannot be
        asked; asking again is harmless.
        """
