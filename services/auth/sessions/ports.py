"""What signing in needs from the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.roles.model import Rights
from services.auth.sessions.model import Client, Factor, PendingSignIn, Proof, Session


class StoredSessions(Protocol):
    """Stored sessions."""

    async def add(self, session: Session) -> bool:
        """Store a session; False if its user is gone."""

    async def rotate(
        self, session_id: UUID, counter: int, now: datetime, *, client: Client
    ) -> Session | None:
        """
        Exchange the refresh token with this counter.

        The current one is replaced by the next, unless it is newer than the grace. The
        one before it, if it was replaced within the grace, changes nothing. Both return
        the session with the counter that is current then; any other returns None.
        """

    async def shown(
        self, session_id: UUID, now: datetime, methods: Sequence[str]
    ) -> Session | None:
        """Keep that a session's person showed who they are; None if it has ended."""

    async def page(
        self, user_id: UUID, now: datetime, *, after: UUID | None, limit: int
    ) -> Sequence[Session]:
        """Return the sessions of a user that follow `after`, the latest first."""

    async def delete(
        self, session_id: UUID, *, user_id: UUID | None = None
    ) -> Session | None:
        """Delete a session, if it is there and the user's; return it as it was."""

    async def delete_all(
        self, user_id: UUID, *, but: UUID | None = None
    ) -> Sequence[Session]:
        """Delete the sessions of a user, but one; return them as they were."""


class PendingSignIns(Protocol):
    """Sign-ins that wait for a second factor."""

    async def add(
        self, token_hash: bytes, pending: PendingSignIn, *, now: datetime
    ) -> None:
        """Store one, for as long as a challenge lasts."""

    async def count(self, token_hash: bytes, *, now: datetime) -> PendingSignIn | None:
        """Count a try; None if it has ended, or had its tries."""

    async def take(self, token_hash: bytes) -> bool:
        """End one; False if it had ended."""


class SecondFactors(Protocol):
    """What users have besides their first factor."""

    async def factors(self, user_id: UUID) -> frozenset[Factor]:
        """Return the kinds that a user has."""

    async def verify(self, user_id: UUID, proof: Proof) -> str | None:
        """Use a proof up; how it counts (RFC 8176), or None if it is not right."""


class Roles(Protocol):
    """What users may do."""

    async def rights(self, user_id: UUID, role: str) -> Rights:
        """Return what a user with a role may do."""
