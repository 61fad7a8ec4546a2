"""Where factors are kept, and what of others they depend on."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.factors.model import Ceremony, Credential, Factor, ProofKind, Seed
from services.kit.pages import Page


class StoredFactors(Protocol):
    """Stored factors; each method is one transaction."""

    async def factors(self, user_id: UUID, page: Page) -> Sequence[Factor]:
        """Return a user's factors, the oldest first, one more than the page if any."""

    async def factor(self, user_id: UUID, factor_id: UUID) -> Factor | None:
        """Return a factor, if it is the user's."""

    async def kinds(self, user_id: UUID) -> frozenset[ProofKind]:
        """Return what kinds a user has, `recovery_code` among them if any is left."""

    async def rename(
        self, user_id: UUID, factor_id: UUID, display_name: str
    ) -> Factor | None:
        """Change what a factor is called; None if it is not the user's."""

    async def delete(
        self,
        user_id: UUID,
        factor_id: UUID,
        *,
        required: bool,
        others: Callable[[], Awaitable[bool]],
    ) -> Factor | None:
        """
        Delete a factor, with the recovery codes if it is the last; None if it is gone.

        Raises `FactorRequired` for the last one where one is `required`, and
        `LastWayIn` for the last passkey of who has no password, nor what `others` says
        there is. It is asked while no other way of the user's is taken away.
        """

    async def reset(self, user_id: UUID) -> None:
        """Delete all of a user's factors and recovery codes."""

    async def begin_totp(
        self, user_id: UUID, seed: Seed, expire_time: datetime
    ) -> None:
        """Keep a seed until it is completed, instead of one that was not."""

    async def begun_totp(self, user_id: UUID, now: datetime) -> Seed | None:
        """Return the seed that waits to be completed."""

    async def add_totp(
        self, factor: Factor, seed: Seed, codes: Sequence[bytes]
    ) -> bool:
        """
        Store an app whose seed was completed, and the codes if there is no factor yet.

        Says whether the codes were stored. Raises `FactorExists` if there is an app,
        and `EnrolmentOver` if another completed the seed or began anew.
        """

    async def seed(self, user_id: UUID) -> Seed | None:
        """Return the seed of a user's app."""

    async def seal_anew(self, seed: Seed, sealed: bytes) -> None:
        """Store a seed as a newer key has sealed it."""

    async def use_step(self, seed_id: UUID, step: int, now: datetime) -> bool:
        """Take a time step, atomically; False if it or a later one was taken before."""

    async def add_passkey(
        self, factor: Factor, credential: Credential, codes: Sequence[bytes]
    ) -> bool:
        """
        Store a passkey, and the codes if there is no factor yet.

        Says whether the codes were stored. Raises `TooManyPasskeys` and `PasskeyTaken`.
        """

    async def credentials(self, user_id: UUID) -> Sequence[Credential]:
        """Return a user's passkeys."""

    async def credential(self, credential_id: bytes) -> Credential | None:
        """Return a passkey by the ID that it says."""

    async def use_passkey(
        self, id: UUID, *, sign_count: int, backed_up: bool, now: datetime
    ) -> bool:
        """Take a passkey's counter, atomically; False if it is not a later one."""


class StoredCodes(Protocol):
    """Stored recovery codes: hashes, each there until it is used."""

    async def left(self, user_id: UUID) -> int:
        """Count those left."""

    async def replace(self, user_id: UUID, codes: Sequence[bytes]) -> bool:
        """Store new ones instead of all; False if the user has no factor."""

    async def use(self, user_id: UUID, code: bytes) -> bool:
        """Use a code up, atomically; False if there is none such."""


class Ceremonies(Protocol):
    """Challenges that were given out."""

    async def begin(self, challenge: bytes, ceremony: Ceremony, now: datetime) -> None:
        """Remember a challenge."""

    async def end(self, challenge: bytes, now: datetime) -> Ceremony | None:
        """Forget a challenge, atomically; return what it was for, unless too late."""


class Proof(Protocol):
    """What somebody shows: a code, or a passkey's answer as JSON."""

    @property
    def factor(self) -> ProofKind:
        """Return the kind."""

    @property
    def value(self) -> str:
        """Return what is shown."""


class Enrolled(Protocol):
    """Sessions, in which people add factors."""

    async def add_methods(self, session_id: UUID, methods: Sequence[str]) -> None:
        """Keep that a session's person has shown a factor, too."""


class FactorPolicy(Protocol):
    """Who must have a second factor."""

    async def required(self, user_id: UUID) -> bool:
        """Say whether a user must."""


class OtherWays(Protocol):
    """Ways to sign in that are neither password nor passkey."""

    async def exist(self, user_id: UUID) -> bool:
        """Say whether a user has one."""
