"""What goes over a network is encrypted, and to the right one."""

import ipaddress
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.clients.conftest import EMAIL, PASSWORD, Scripted
from tests.clients.relay import Relay
from tests.clients.shell import Shell

UP = ("login", "--sign-up", "--password-stdin", "--email", EMAIL)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "parley")])
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
async def shell(
    scripted: Scripted, certificate: Path, tmp_path: Path
) -> AsyncIterator[Shell]:
    """A shell that reaches Parley over TLS alone."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.set_alpn_protocols(["h2"])
    port = urlsplit(scripted.url).port
    assert port
    async with Relay.to(port, tls=tls) as relay:
        yield Shell(home=tmp_path, url=relay.url)


async def test_a_certificate_that_is_trusted_lets_one_in(
    shell: Shell, certificate: Path
) -> None:
    shell.variables["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(certificate)

    signed_up = await shell.run(*UP, given=PASSWORD)
    answered = await shell.run("chat", "Hi")

    assert (signed_up.code, signed_up.err) == (
        0,
        f"Signed in at {shell.url} as {EMAIL}.\n",
    )
    assert answered.out == "You said: Hi\n"


async def test_a_certificate_that_nobody_trusts_gets_no_password(
    scripted: Scripted, shell: Shell
) -> None:
    refused = await shell.run(*UP, given=PASSWORD)

    assert refused.code == 1
    # gRPC itself logs the handshake in a line before.
    assert refused.err.splitlines()[-1].startswith(
        f"The certificate of {shell.url} is not trusted."
    )
    assert not scripted.auth.calls
