"""Where invitations are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.invitations.model import Admission, Invitation
from services.auth.users.emails import EmailAddress


class StoredInvitations(Protocol):
    """Stored invitations."""

    async def add(self, invitation: Invitation, token_hash: bytes) -> Invitation | None:
        """
        Store an invitation (`RoleNotFound`, `GroupNotFound`), and return it as stored.

        One that its creator made before with this ID gets the new token. None if the
        ID is another's, or that of another invitation, or it was accepted.
        """

    async def of_token(self, token_hash: bytes, now: datetime) -> Invitation | None:
        """Return the invitation of a token, if it has not ended."""

    async def page(
        self, now: datetime, *, after: UUID | None, limit: int
    ) -> Sequence[Invitation]:
        """Return the invitations that follow one and have not ended, latest first."""

    async def delete(self, invitation_id: UUID) -> bool:
        """Delete an invitation; False if it is gone."""


class Admissions(Protocol):
    """Who may sign up."""

    async def admit(self, email: EmailAddress, token: str) -> Admission:
        """
        Say what who signs up with an address, and perhaps an invitation, may do.

        `SignUpClosed` for who may not, `InvitationEnded` for a token that is no good.
        """
