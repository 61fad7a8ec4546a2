"""How it is told that factors have changed: to the audit log, and to their owner."""

from contextlib import AbstractAsyncContextManager

from services.auth.audit.model import Event, Outcome
from services.auth.audit.ports import Audit
from services.auth.factors.model import By
from services.auth.mail.ports import Mailer
from services.auth.users.model import User


class Notices:
    """Records what happens to factors, and writes to whose they are."""

    def __init__(self, audit: Audit, mailer: Mailer) -> None:
        self._audit = audit
        self._mailer = mailer

    def together(self) -> AbstractAsyncContextManager[None]:
        """Store what the block changes, and what it tells, all or nothing."""
        return self._audit.together()

    async def changed(
        self, user: User, action: str, subject: str, by: By, *, change: str
    ) -> None:
        """Record a change and tell its owner, who may not be who made it."""
        await self.recorded(user, action, subject, by, outcome="success")
        values = {
            "change": change,
            "device": by.user_agent,
            "address": by.address or "",
        }
        await self._mailer.send("credential_changed", to=user.email, values=values)

    async def recorded(
        self, user: User, action: str, subject: str, by: By, *, outcome: Outcome
    ) -> None:
        """Record what happened."""
        await self._audit.record(
            Event(
                action=action,
                outcome=outcome,
                actor=user.id,
                subject=subject,
                address=by.address,
                user_agent=by.user_agent,
                session=by.session_id,
            )
        )
