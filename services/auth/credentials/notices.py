"""What people are told when what they sign in with changes."""

from contextlib import AbstractAsyncContextManager

from services.auth.audit.model import Event
from services.auth.audit.ports import Audit
from services.auth.mail.model import Kind
from services.auth.mail.ports import Mailer
from services.auth.sessions.model import Client
from services.auth.users.model import User

SET_ANEW = "Your password was set anew, by a code that went to this address"
CHANGED = "Your password was changed"


class Notices:
    """Tells the person by mail, and the log."""

    def __init__(self, mailer: Mailer, audit: Audit) -> None:
        self._mailer = mailer
        self._audit = audit

    def together(self) -> AbstractAsyncContextManager[None]:
        """Store what the block changes, and what it tells, all or nothing."""
        return self._audit.together()

    async def tell(
        self, action: str, user: User, client: Client, *, change: str = "", to: str = ""
    ) -> None:
        """Tell of a change: by default with the words `change`, to the user."""
        kind: Kind = "credential_changed" if change else "email_changed"
        values = {"device": client.user_agent, "address": client.address or ""}
        if change:
            values["change"] = change
        await self._mailer.send(kind, to=to or user.email, values=values)
        await self.record(action, user, client)

    async def record(
        self, action: str, user: User | None, client: Client, *, failed: bool = False
    ) -> None:
        """Have the log keep what happened, and what did not."""
        await self._audit.record(
            Event(
                action=action,
                outcome="failure" if failed else "success",
                actor=user.id if user else None,
                subject=user.name if user else "users/-",
                address=client.address,
                user_agent=client.user_agent,
            )
        )
