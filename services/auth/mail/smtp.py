"""Mail by SMTP."""

import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

import aiosmtplib

from services.auth.mail.model import NotSent, Undeliverable

SEND_SECONDS = 20.0
PERMANENT = range(500, 600)
PORTS = {"smtp": 587, "smtps": 465}
NO_TLS = [("tls", "off")]
EXPECTED = "expected smtp://user:password@host:587 or smtps://…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that takes mail."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool  # from the first byte
    start_tls: bool  # before anything is said

    @classmethod
    def parse(cls, url: str) -> "Server":
        """
        Read a URL, or raise ValueError, which does not name the password.

        `smtp://` demands STARTTLS, unless the server is this very machine, or the URL
        ends with `?tls=off`: for a network that nobody else can read.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS[parts.scheme]
            options = parse_qsl(parts.query, strict_parsing=bool(parts.query))
        except (ValueError, LookupError) as error:
            raise ValueError(EXPECTED) from error
        if not parts.hostname or options not in ([], NO_TLS) or parts.path.strip("/"):
            raise ValueError(EXPECTED)
        implicit = parts.scheme == "smtps"
        plain = is_loopback(parts.hostname) or options == NO_TLS
        return cls(
            host=parts.hostname,
            port=port,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=implicit,
            start_tls=not implicit and not plain,
        )


def is_loopback(host: str) -> bool:
    """Tell whether a name is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpTransport:
    """Hands each mail on over a connection of its own."""

    def __init__(self, server: Server, *, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._trust = trust

    async def send(self, message: EmailMessage) -> None:
        """Hand a mail on."""
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls,
                start_tls=server.start_tls,
                tls_context=self._trust,
                timeout=SEND_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise refusal(codes) from error
        except aiosmtplib.SMTPDataError as error:
            raise refusal([error.code]) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise NotSent from error


def refusal(codes: list[int]) -> Exception:
    """Say what a server's answer about this very mail means."""
    final = codes and all(code in PERMANENT for code in codes)
    return Undeliverable() if final else NotSent()
