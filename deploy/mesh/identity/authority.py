"""The mesh's own authority: certificates that say who a workload is, for an hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.mesh.cluster import TRUST_DOMAIN

# The clock of whoever checks may be behind.
SKEW = timedelta(minutes=2)
ROOT_LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, as PEM. The key is not shown when this is printed."""

    certificate: str
    key: "Secret"


class Secret(str):
    """A text that is not to be seen in logs."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Say nothing."""
        return "…"


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs for whom the mesh knows."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls, life: timedelta = ROOT_LIFE) -> Self:
        """Make an authority that nobody trusts yet."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, TRUST_DOMAIN)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - SKEW)
            .not_valid_after(now + life)
            .add_extension(x509.BasicConstraints(True, 0), critical=True)
            .add_extension(key_usage(signs=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read an authority that `written` wrote."""
        key = serialization.load_pem_private_key(text.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the authority's key is not one on an elliptic curve")
        return cls(x509.load_pem_x509_certificate(text.encode()), key)

    def written(self) -> str:
        """Write it down, its key too."""
        return pem(self.key) + self.roots

    @property
    def roots(self) -> str:
        """What a workload trusts."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def expires_within(self, span: timedelta) -> bool:
        """Tell whether nobody will trust it any more after a while."""
        return self.certificate.not_valid_after_utc < datetime.now(UTC) + span

    def issue(
        self, spiffe_id: str, life: timedelta, *, since: datetime | None = None
    ) -> Identity:
        """
        Sign that whoever has the key is `spiffe_id`, and nothing else.

        As istiod does: a URI as the only name, no subject (security/pkg/pki/util).
        """
        name = x509.UniformResourceIdentifier(spiffe_id)
        return self._issue([name], life, since)

    def issue_for_hosts(self, hosts: Sequence[str], life: timedelta) -> Identity:
        """Sign that whoever has the key is at these hosts: for calls from outside."""
        return self._issue([x509.DNSName(host) for host in hosts], life, None)

    def _issue(
        self,
        names: Sequence[x509.GeneralName],
        life: timedelta,
        since: datetime | None,
    ) -> Identity:
        began = since or datetime.now(UTC) - SKEW
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder(
                self.certificate.subject, x509.Name([]), key.public_key()
            )
            .serial_number(x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after((since or datetime.now(UTC)) + life)
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(key_usage(signs=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                ),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        text = certificate.public_bytes(serialization.Encoding.PEM).decode()
        return Identity(text, Secret(pem(key)))


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Write a key."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def key_usage(*, signs: bool) -> x509.KeyUsage:
    """Say what a key may be used for: certificates, or connections."""
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
