"""No mail."""

from collections.abc import Mapping

from services.auth.mail.model import Kind


class NoMailer:
    """Sends nothing, where no server for mail is configured."""

    async def send(self, kind: Kind, *, to: str, values: Mapping[str, str]) -> None:
        """Send nothing."""
