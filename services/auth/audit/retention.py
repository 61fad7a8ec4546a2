"""What of the log goes after a time, and how it says so."""

from datetime import timedelta

from services.auth.audit.model import CUT, PLACES_FORGOTTEN, UNTIL, Event
from services.auth.audit.ports import Audit, Records
from services.kit.clock import Clock


class Retention:
    """
    Erases places, and cuts off the beginning, when they are old enough.

    The log says so first: only what it says it has removed may be missing. Once a day,
    as what is old counts from midnight (UTC).
    """

    def __init__(
        self,
        records: Records,
        audit: Audit,
        *,
        days: int,
        place_days: int,
        clock: Clock,
    ) -> None:
        self._records = records
        self._audit = audit
        self._days = days
        self._place_days = place_days
        self._clock = clock

    async def forget_places(self) -> int:
        """Erase some of the places that are too old; return how many."""
        until = await self._until(PLACES_FORGOTTEN, self._place_days)
        return await self._records.forget_places(until) if until else 0

    async def cut(self) -> int:
        """Remove some of the events that are too old; return how many."""
        until = await self._until(CUT, self._days)
        return await self._records.cut(until) if until else 0

    async def _until(self, action: str, days: int) -> int:
        """Return up to which index things go, having said so; 0 if all are kept."""
        if not days:
            return 0
        said = await self._records.said_until(action)
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        until = await self._records.last_before(
            midnight - timedelta(days=days), after=said
        )
        if until > said:
            await self._audit.record(
                Event(
                    action=action,
                    outcome="success",
                    actor=None,
                    subject=f"auditEvents/{until}",
                    details={UNTIL: str(until)},
                )
            )
        return max(until, said)
