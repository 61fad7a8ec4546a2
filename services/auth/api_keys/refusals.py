"""Keys that were refused, in the audit log: a few of however many."""

import logging
from contextlib import suppress
from typing import Literal

from services.auth.api_keys.model import ApiKey
from services.auth.audit.model import Event
from services.auth.audit.ports import Audit
from services.auth.sessions.model import Client
from services.kit.addresses import network
from services.kit.buckets import Buckets, LocalBuckets, Size
from services.kit.errors import ServiceError

log = logging.getLogger(__name__)

# Of one key, or from one network of what is no key. A program that goes on showing a
# key that has ended, and who guesses, write no more into the log than this.
OF_ONE = Size(burst=5, per_minute=1)
# Of all: who guesses from everywhere.
OF_ALL = Size(burst=60, per_minute=30)
NOBODY = "users/-"

Why = Literal["no key", "unknown", "wrong secret", "expired", "owner away"]


class Refusals:
    """Records keys that were refused, while there are few of them."""

    def __init__(self, audit: Audit, *, of_one: Buckets, of_all: Buckets) -> None:
        self._audit = audit
        self._of_one = of_one
        self._of_all = of_all

    @classmethod
    def of(cls, audit: Audit) -> "Refusals":
        """Bound them by what this process alone counts."""
        return cls(audit, of_one=LocalBuckets(OF_ONE), of_all=LocalBuckets(OF_ALL))

    async def record(self, why: Why, key: ApiKey | None, client: Client) -> None:
        """Record that a key is about to be refused."""
        log.info("API key refused", extra={"why": why, "key": key.name if key else ""})
        whose = str(key.id) if key else network(client.address or "")
        if not (await self._of_one.take(whose)).taken:
            return
        if not (await self._of_all.take("")).taken:
            return
        event = Event(
            action="key.exchange",
            outcome="failure",
            actor=None,  # nobody has shown who they are
            subject=key.name if key else NOBODY,
            address=client.address,
            user_agent=client.user_agent,
            details={"reason": why},
        )
        # It is refused in any case; what could not be stored is in the process's log.
        with suppress(ServiceError):
            await self._audit.record(event)
