"""How mail is handed on, to a real server for mail."""

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.auth.mail.delivering import Deliveries
from services.auth.mail.model import Mail, NotSent, Undeliverable
from services.auth.mail.smtp import Server, SmtpTransport
from services.auth.mail.store import PostgresOutbox
from tests.auth.conftest import Clock
from tests.auth.mail.conftest import COMPOSER
from tests.auth.mail.server import MailServer


def message(to: str = "ada@example.com") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "no-reply@parley.example"
    made["To"] = to
    made["Subject"] = "Hello"
    made.set_content("Hello.\n.\nGoodbye.")
    return made


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "smtp://ada:p%40ss@mail.example.com",
            Server(
                host="mail.example.com",
                port=587,
                user="ada",
                password="p@ss",
                tls=False,
                start_tls=True,
            ),
        ),
        (
            "smtps://mail.example.com",
            Server(host="mail.example.com", port=465, tls=True, start_tls=False),
        ),
        (
            "smtp://127.0.0.1:1025",
            Server(host="127.0.0.1", port=1025, tls=False, start_tls=False),
        ),
        (
            "smtp://[::1]:1025",
            Server(host="::1", port=1025, tls=False, start_tls=False),
        ),
        (
            "smtp://mailbox:1025?tls=off",
            Server(host="mailbox", port=1025, tls=False, start_tls=False),
        ),
        (
            "smtp://localhost.example.com:25",
            Server(host="localhost.example.com", port=25, tls=False, start_tls=True),
        ),
    ],
)
def test_a_url_says_how_to_reach_a_server(url: str, server: Server):
    assert Server.parse(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com:587",
        "http://mail.example.com",
        "smtp://",
        "smtp://user:secret@:25",
        "smtp://user:secret@mail.example.com:mail",
        "smtp://user:secret@mail.example.com?tls=maybe",
        "smtp://user:secret@mail.example.com?tls",
        "smtp://user:secret@mail.example.com/folder",
    ],
)
def test_any_other_url_is_refused_without_telling_its_password(url: str):
    with pytest.raises(ValueError, match="expected smtp://") as caught:
        Server.parse(url)

    assert "secret" not in str(caught.value)


async def test_a_mail_arrives_as_it_was_written():
    async with serving() as server:
        await SmtpTransport(Server.parse(server.url)).send(message())

    (arrived,) = server.mails
    assert arrived["To"] == "ada@example.com"
    assert "Hello.\n.\nGoodbye." in arrived.get_content().replace("\r\n", "\n")


async def test_nothing_is_said_to_another_machine_without_encryption():
    async with serving() as server:
        elsewhere = Server(
            host="127.0.0.1",
            port=server.port,
            user="ada",
            password="secret",
            tls=False,
            start_tls=True,
        )

        with pytest.raises(NotSent):
            await SmtpTransport(elsewhere).send(message())

    assert server.mails == []


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_server_has_to_show_a_certificate_that_is_trusted(
    trusted: bool, tmp_path: Path
):
    made = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made)
    trust = ssl.create_default_context(cafile=str(made)) if trusted else None
    async with serving(tls=context) as server:
        secured = Server(host="127.0.0.1", port=server.port, tls=False, start_tls=True)
        transport = SmtpTransport(secured, trust=trust)

        if trusted:
            await transport.send(message())
        else:
            with pytest.raises(NotSent):
                await transport.send(message())

    assert len(server.mails) == trusted


@pytest.mark.asvs("16.3.4")
async def test_that_a_certificate_was_not_trusted_is_logged(
    tmp_path: Path,
    outbox: PostgresOutbox,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate(tmp_path))
    code = {"code": "12345678"}
    now = clock()
    await outbox.add(
        Mail(id=uuid4(), kind="verify_email", to="a@b.c", values=code, create_time=now)
    )
    async with serving(tls=context) as server:
        secured = Server(host="127.0.0.1", port=server.port, tls=False, start_tls=True)
        transport = SmtpTransport(secured)

        with caplog.at_level(logging.WARNING):
            await Deliveries(outbox, COMPOSER, transport, clock=clock).round()

    (record,) = [it for it in caplog.records if it.message == "mail not sent yet"]
    assert vars(record)["cause"] == "SSLCertVerificationError"


async def test_a_server_that_is_away_or_busy_may_take_it_later():
    async with serving() as server:
        server.answer = "451 4.3.0 Later"
        with pytest.raises(NotSent):
            await SmtpTransport(Server.parse(server.url)).send(message())
    with pytest.raises(NotSent):
        await SmtpTransport(Server.parse(server.url)).send(message())


@pytest.mark.parametrize("at", ["recipient", "data"])
async def test_what_a_server_refuses_for_good_is_not_tried_again(at: str):
    async with serving() as server:
        if at == "recipient":
            server.recipient_answer = "550 5.1.1 No such user"
        else:
            server.answer = "554 5.6.0 No"

        with pytest.raises(Undeliverable):
            await SmtpTransport(Server.parse(server.url)).send(message())


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    async with MailServer.open(tls=tls) as server:
        yield server


def certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file
