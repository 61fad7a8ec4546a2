"""Mails that are sent in the background."""

from collections.abc import Mapping
from uuid import uuid4

from services.auth.mail.model import Kind, Mail
from services.auth.mail.ports import Outbox
from services.kit.clock import Clock


class QueuedMailer:
    """Stores mails, for a background task to send (`delivering`)."""

    def __init__(self, outbox: Outbox, *, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def send(self, kind: Kind, *, to: str, values: Mapping[str, str]) -> None:
        """Store a mail."""
        mail = Mail(
            id=uuid4(), kind=kind, to=to, values=values, create_time=self._clock()
        )
        await self._outbox.add(mail)
