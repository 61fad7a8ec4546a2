"""A server for mail: aiosmtpd, which keeps what it takes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY

from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """Takes mail on a port of its own."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"
        self._came = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator["MailServer"]:
        """Take mail while the block runs."""
        handler = cls()

        def connected() -> SMTP:
            return SMTP(handler, hostname="mail", enable_SMTPUTF8=True, tls_context=tls)

        loop = asyncio.get_running_loop()
        server = await loop.create_server(connected, "127.0.0.1", 0)
        handler.port = server.sockets[0].getsockname()[1]
        try:
            yield handler
        finally:
            server.close()

    @property
    def url(self) -> str:
        """Name it as `AUTH_SMTP_URL` does."""
        return f"smtp://127.0.0.1:{self.port}"

    async def mail_to(
        self, address: str, *, number: int = 1, subject: str = ""
    ) -> EmailMessage:
        """Wait for a mail to somebody, of theirs the first, second, ….

        Those that wait at the same moment come in any order: count those of a subject.
        """

        def is_counted(mail: EmailMessage) -> bool:
            return mail["To"] == address and subject in ("", mail["Subject"])

        return await self._wait_for(is_counted, number)

    async def code_to(self, address: str, *, number: int = 1) -> str:
        """Wait for a code to somebody, and return it: the first, second, …."""

        def has_code(mail: EmailMessage) -> bool:
            return mail["To"] == address and bool(codes_in(mail))

        return codes_in(await self._wait_for(has_code, number))[0]

    async def _wait_for(
        self, counts: Callable[[EmailMessage], bool], number: int
    ) -> EmailMessage:
        def counted() -> list[EmailMessage]:
            return [mail for mail in self.mails if counts(mail)]

        async with asyncio.timeout(20), self._came:
            await self._came.wait_for(lambda: len(counted()) >= number)
        return counted()[number - 1]

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take a recipient, or say what it was told to say."""
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail, or say what it was told to say."""
        if not self.answer.startswith("250"):
            return self.answer
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=POLICY)
        assert isinstance(mail, EmailMessage)
        async with self._came:
            self.mails.append(mail)
            self._came.notify_all()
        return self.answer


def codes_in(mail: EmailMessage) -> list[str]:
    """Find the codes that a mail brings: none, or one."""
    body = mail.get_body(("plain",))
    assert body is not None
    words = str(body.get_content()).split()
    return [word for word in words if word.isdecimal() and len(word) == 8]
