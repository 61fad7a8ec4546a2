"""How mail is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol
from uuid import UUID

from services.auth.mail.model import Kind, Mail


class Mailer(Protocol):
    """Sends mail, sooner or later."""

    async def send(self, kind: Kind, *, to: str, values: Mapping[str, str]) -> None:
        """
        Have a mail sent to an address; `values` fill its text.

        - `verify_email`, `reset_password`: `code`
        - `email_in_use`: none
        - `email_changed`: none; to the address that was
        - `new_device`: `device`, `address`
        - `credential_changed`: `change` ("Your password was changed"), `device`,
          `address`
        - `invitation`: `inviter`, `link`

        What is not known is left out, and the line of the text that tells it too.
        """


class Outbox(Protocol):
    """Mails that are to be sent."""

    async def add(self, mail: Mail) -> None:
        """Store a mail."""

    async def take(self, now: datetime, *, until: datetime, limit: int) -> list[Mail]:
        """
        Return mails that are due, the longest due first, and count a try of each.

        Nobody else is given one of them until the time that is named.
        """

    async def put_off(self, mail_id: UUID, *, until: datetime) -> None:
        """Have a mail tried again, not before that time."""

    async def remove(self, mail_ids: Sequence[UUID]) -> None:
        """Delete mails."""


class Transport(Protocol):
    """What hands mail on."""

    async def send(self, message: EmailMessage) -> None:
        """Hand a mail on; `NotSent` if it may be later, `Undeliverable` if never."""
