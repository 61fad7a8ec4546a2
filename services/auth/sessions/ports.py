"""What signing in needs from the outside."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.factors.model import BegunPasskey, Purpose
from services.auth.roles.model import Rights
from services.auth.sessions.model import Client, Factor, PendingSignIn, Proof, Session
from services.kit.pages import Page


class StoredSessions(Protocol):
    """Stored sessions."""

    async def add(self, session: Session, *, version: int) -> bool:
        """
        Store a session.

        False if its user is gone, or is not of this version any more: what was shown to
        begin it may not be good any more either.
        """

    async def holder(self, session_id: UUID, now: datetime) -> UUID | None:
        """Return whose session it is, if it has not ended."""

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
        """
        Keep that a session's person showed once more who they are.

        What they have shown before stays among the methods. The refresh token is
        replaced, as by `rotate`. None if it has ended.
        """

    async def add_methods(self, session_id: UUID, methods: Sequence[str]) -> None:
        """Keep that a session's person has shown something else, too."""

    async def page(self, user_id: UUID, now: datetime, page: Page) -> Sequence[Session]:
        """Return a user's sessions, the latest first, one more than the page if any."""

    async def delete(
        self, session_id: UUID, *, user_id: UUID | None = None
    ) -> Session | None:
        """Delete a session, if it is there and the user's; return it as it was."""

    async def delete_all(
        self, user_id: UUID, *, but: UUID | None = None
    ) -> Sequence[Session]:
        """Delete the sessions of a user, but one; return them as they were."""


class KnownDevices(Protocol):
    """Devices from which people have signed in."""

    async def known(self, user_id: UUID | None, hashes: Collection[bytes]) -> bool:
        """Tell whether somebody has signed in from one of them."""

    async def remember(
        self,
        user_id: UUID,
        hashes: Collection[bytes],
        kept: Collection[bytes],
        now: datetime,
    ) -> bool:
        """
        Keep that somebody signed in, and tell whether from a new device.

        That it is if none of the hashes is known, but others are.
        """

    async def keep(
        self, user_id: UUID, hashes: Collection[bytes], now: datetime
    ) -> None:
        """Keep these as a user's, and forget all others."""


class PendingSignIns(Protocol):
    """Sign-ins that wait for a second factor."""

    async def add(
        self, token_hash: bytes, pending: PendingSignIn, *, version: int, now: datetime
    ) -> bool:
        """
        Store one, for as long as a challenge lasts.

        False if its user is gone, or is not of this version any more.
        """

    async def count(self, token_hash: bytes, *, now: datetime) -> PendingSignIn | None:
        """Count a try; None if it has ended, or had its tries."""

    async def owner(self, token_hash: bytes, *, now: datetime) -> UUID | None:
        """Return whose one is that has not ended, without counting a try."""

    async def take(self, token_hash: bytes) -> bool:
        """End one; False if it had ended."""


class SecondFactors(Protocol):
    """What users have besides their first factor."""

    async def factors(self, user_id: UUID) -> frozenset[Factor]:
        """Return the kinds that a user has."""

    async def verify(self, user_id: UUID, proof: Proof, purpose: Purpose) -> str | None:
        """
        Use a proof up; how it counts (RFC 8176), or None if it is not right.

        `purpose` is what a passkey was challenged for: beside a first factor
        (`second`), or to show once more who one is (`again`).
        """


class Passkeys(Protocol):
    """Passkeys that people show."""

    async def begin(self, purpose: Purpose, user_id: UUID | None) -> BegunPasskey:
        """Challenge a passkey: any of a user's, or of whomever it may be."""

    async def alone(self, response_json: str) -> UUID | None:
        """Return who has shown a passkey and nothing else; None if it is not right."""


class Roles(Protocol):
    """What users may do."""

    async def rights(self, user_id: UUID, role: str) -> Rights:
        """Return what a user with a role may do."""
