"""What somebody was not allowed to do, for the audit log."""

from contextlib import suppress

from services.auth.audit.ports import Audit
from services.auth.sessions.metadata import Context, client_of
from services.kit.buckets import Buckets, LocalBuckets, Size
from services.kit.caller import NAMED
from services.kit.errors import Kind, ServiceError

# Of a user: who goes on asking writes no more into the log than this.
SIZE = Size(burst=20, per_minute=10)


class Denials:
    """Records calls that were refused although it was known who called."""

    def __init__(self, audit: Audit, buckets: Buckets) -> None:
        self._audit = audit
        self._buckets = buckets

    @classmethod
    def of(cls, audit: Audit) -> "Denials":
        """Bound them by what this process alone counts."""
        return cls(audit, LocalBuckets(SIZE))

    async def __call__(
        self, method_name: str, error: ServiceError, context: Context
    ) -> None:
        """Record a call that is about to be refused."""
        caller = NAMED.get(None)
        if error.kind is not Kind.FORBIDDEN or not caller:
            return
        if not (await self._buckets.take(str(caller.user_id))).taken:
            return
        event = client_of(context).event(
            "access.denied",
            f"users/{caller.user_id}",
            actor=caller.user_id,
            outcome="denied",
            session=caller.session_id,
            details={"rpc": method_name},
        )
        # It is refused in any case; what could not be stored is in the process's log.
        with suppress(ServiceError):
            await self._audit.record(event)
