"""Where something is done from."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.auth.audit.model import Event, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a call comes from, as far as it is known."""

    address: str | None = None
    user_agent: str = ""
    session_id: UUID | None = None

    def event(
        self,
        action: str,
        subject: str,
        *,
        actor: UUID | None,
        outcome: Outcome = "success",
        session: UUID | None = None,
        details: Mapping[str, str] | None = None,
        stranger: str | None = None,
    ) -> Event:
        """Say what was done, or tried, from there; `session`: another than its own."""
        return Event(
            action=action,
            outcome=outcome,
            actor=actor,
            subject=subject,
            address=self.address,
            user_agent=self.user_agent,
            session=session or self.session_id,
            details=details or {},
            stranger=stranger,
        )


NOWHERE = Origin()
