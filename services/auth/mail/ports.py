"""How mail is sent."""

from collections.abc import Mapping
from typing import Protocol

from services.auth.mail.model import Kind


class Mailer(Protocol):
    """Sends mail, sooner or later."""

    async def send(self, kind: Kind, *, to: str, values: Mapping[str, str]) -> None:
        """Have a mail sent to an address; `values` fill its text."""
