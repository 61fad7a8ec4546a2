"""What signing in through providers needs from the outside."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.identities.model import (
    Answer,
    Attempt,
    Flow,
    Identity,
    Person,
    Provider,
)
from services.auth.identities.registration import Registration
from services.auth.users.model import User
from services.kit.pages import Page


class IdentityProvider(Protocol):
    """A provider that people can be sent to, and that then says who they are."""

    @property
    def provider(self) -> Provider:
        """Return what everybody may see of it."""

    @property
    def registration(self) -> Registration:
        """Return how Parley is known to it."""

    async def check(self) -> None:
        """Ask it what it is, anew; `IdentityProviderUnavailable`, `Untrusted`."""

    async def authorization_url(
        self, attempt: Attempt, *, redirect_uri: str, anew: bool
    ) -> str:
        """
        Return where to send a person, who is to show `anew` there who they are.

        `IdentityProviderUnavailable`, `Untrusted`.
        """

    async def person(
        self, answer: Answer, attempt: Attempt, *, redirect_uri: str, begun: datetime
    ) -> Person:
        """
        Exchange a code for the person whom it speaks for.

        `Untrusted` if anything of it does not hold; `IdentityProviderUnavailable`.
        """


class StoredFlows(Protocol):
    """People who have left for a provider."""

    async def begin(self, flow: Flow) -> None:
        """Store a flow, and forget some that have expired."""

    async def end(self, state_hash: bytes, browser_hash: bytes) -> Flow | None:
        """
        Take a browser's flow out, once: of many who ask at the same time one gets it.

        Another browser gets nothing, and ends nothing.
        """


class StoredIdentities(Protocol):
    """Stored identities."""

    async def used(self, person: Person, now: datetime) -> Identity | None:
        """Return the identity of an issuer and subject, and note that it is used."""

    async def add(self, identity: Identity) -> bool:
        """Store an identity; False if somebody has it. `TooManyIdentities`."""

    async def add_user(self, user: User, identity: Identity) -> User | None:
        """Store a user who comes with an identity; None if either is there."""

    async def list(self, user_id: UUID, page: Page) -> list[Identity]:
        """Return a user's identities, one more than the page if there is one."""

    async def has(self, user_id: UUID, *, usable: set[str]) -> bool:
        """Tell whether a user has an identity at one of these providers."""

    async def delete(
        self,
        user_id: UUID,
        identity_id: UUID,
        *,
        usable: set[str],
        others: Callable[[], Awaitable[bool]],
    ) -> Identity | None:
        """
        Delete a user's identity, if it is there, and return it.

        `LastWayIn` if nothing else of these lets the user in: a password, an identity
        at one of the `usable` providers, or what `others` says there is. It is asked
        while no other way of the user's is taken away.
        """
