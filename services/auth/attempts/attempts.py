"""How often passwords may be tried."""

import logging
from hashlib import sha256

from services.auth.attempts.model import TooManyAttempts
from services.auth.attempts.ports import Counter
from services.kit.addresses import network

log = logging.getLogger(__name__)

WINDOW_SECONDS = 15 * 60.0
EMAIL_LIMIT = 10  # in a window; a success begins anew
ADDRESS_LIMIT = 300  # in a window; many people may share an address


class Attempts:
    """
    Refuses what is tried too often, by e-mail address and by network address.

    An attempt is counted before the password is looked at, so that guesses made at the
    same time do not slip through.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def count(self, *, email_key: str | None, address: str | None) -> None:
        """Count an attempt, or raise `TooManyAttempts`."""
        # The network address first: one that is shut out cannot shut out others.
        if address:
            await self._count("address", network(address), ADDRESS_LIMIT)
        if email_key:
            await self._count("email", email_key, EMAIL_LIMIT)

    async def forgive(self, email_key: str) -> None:
        """Forget the attempts on an e-mail address, whose owner has come."""
        await self._counter.clear(name("email", email_key))

    async def _count(self, kind: str, value: str, limit: int) -> None:
        count = await self._counter.add(name(kind, value), WINDOW_SECONDS)
        if count.total > limit:
            log.warning("too many attempts", extra={"by": kind})
            raise TooManyAttempts(retry_seconds=count.seconds_left)


def name(kind: str, value: str) -> str:
    """Name a counter without saying whose it is."""
    return f"auth:attempts:{kind}:{sha256(value.encode()).hexdigest()}"
