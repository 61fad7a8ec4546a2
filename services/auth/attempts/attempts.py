"""How often secrets may be tried."""

import logging
from dataclasses import dataclass, field
from hashlib import sha256

from services.auth.attempts.model import LIMITS, WINDOW_SECONDS, Kind, TooManyAttempts
from services.auth.attempts.ports import Counter
from services.auth.audit.model import Event, user_of
from services.auth.audit.nothing import NoAudit
from services.auth.audit.ports import Audit
from services.kit.addresses import network

log = logging.getLogger(__name__)


class Attempts:
    """
    Refuses what is tried too often.

    An attempt is counted before the secret is looked at, so that guesses made at the
    same time do not slip through.
    """

    def __init__(self, counter: Counter, audit: Audit | None = None) -> None:
        self._counter = counter
        self._audit = audit or NoAudit()

    async def count(
        self,
        kind: Kind,
        *,
        subject: str | None,
        address: str | None,
        known: bool = False,
    ) -> None:
        """
        Count an attempt on a subject from an address, or raise `TooManyAttempts`.

        `known`: it comes from a device on which the subject's owner has signed in
        before. Such an owner is not shut out by what others try from elsewhere
        (ASVS 6.1.1, 6.3.1).
        """
        limits, tried = LIMITS[kind], Tried(kind, subject, address)
        here = network(address) if address else ""
        # From the narrow to the wide, so that who is shut out shuts out nobody else.
        if here:
            await self._count(tried, "address", here, limits.address)
        if subject:
            await self._count(tried, "pair", f"{subject} {here}", limits.pair)
        if known:
            return
        if subject:
            await self._count(tried, "subject", subject, limits.subject)
        await self._count(tried, "everyone", "", limits.everyone)

    async def forgive(self, kind: Kind, *, subject: str, address: str | None) -> None:
        """Forget the attempts on a subject from where its owner has come."""
        here = network(address) if address else ""
        await self._counter.clear(name(kind, "pair", f"{subject} {here}"))

    async def _count(self, tried: "Tried", by: str, value: str, limit: int) -> None:
        kind = tried.kind
        count = await self._counter.add(name(kind, by, value), WINDOW_SECONDS)
        if count.total > limit:
            log.warning("too many attempts", extra={"kind": kind, "by": by})
            # Once in a window: who goes on trying writes no more into the log.
            if count.total == limit + 1:
                await self._audit.record(tried.exceeded(by))
            raise TooManyAttempts(retry_seconds=count.seconds_left)


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried, on whom and from where."""

    kind: Kind
    subject: str | None = field(repr=False)
    address: str | None

    def exceeded(self, by: str) -> Event:
        """Say that it was tried too often."""
        user = user_of(f"users/{self.subject}")
        return Event(
            action="attempts.exceeded",
            outcome="denied",
            actor=None,
            subject=f"users/{user}" if user else "users/-",
            address=self.address,
            details={"kind": self.kind, "by": by},
            stranger=None if user else self.subject,
        )


def name(kind: Kind, by: str, value: str) -> str:
    """Name a counter without saying whose it is."""
    return f"auth:attempts:{kind}:{by}:{sha256(value.encode()).hexdigest()}"
