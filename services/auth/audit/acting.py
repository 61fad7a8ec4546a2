"""Who does something to others."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.auth.audit.model import Event, Outcome
from services.auth.audit.origin import NOWHERE, Origin

# The scope of a key that provisions users and groups (SCIM 2.0), and does nothing else.
PROVISIONING = frozenset({"scim"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Somebody who administers, what they may do, and from where they do it."""

    user_id: UUID
    scope: frozenset[str]
    version: int = 0  # which state of theirs their token was issued for
    key_id: UUID | None = None
    origin: Origin = NOWHERE

    @property
    def provisions(self) -> bool:
        """Tell whether it is an identity provider, which fills groups as they are."""
        return self.scope == PROVISIONING

    def event(
        self,
        action: str,
        subject: str,
        *,
        outcome: Outcome = "success",
        details: Mapping[str, str] | None = None,
    ) -> Event:
        """Say what they did, or tried to."""
        return self.origin.event(
            action, subject, actor=self.user_id, outcome=outcome, details=details
        )
