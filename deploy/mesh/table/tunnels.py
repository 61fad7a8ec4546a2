"""Callers without a sidecar: whoever has a certificate, or none, and calls directly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.mesh.identity.authority import Identity
from deploy.mesh.table.relays import Relay


@asynccontextmanager
async def tunnel(
    target: str,
    roots: str,
    identity: Identity | None,
    expected: str | None = None,
    alpn: Sequence[str] = ("h2",),
) -> AsyncIterator[str]:
    """
    Listen on a Unix socket, and call `target` over TLS for whoever connects.

    With an identity's certificate, or without any. `expected` is who has to answer.
    Yields where to call, as gRPC writes it.
    """
    context = client_context(roots, identity, alpn)
    host, _, port = target.rpartition(":")
    connect = partial(
        asyncio.open_connection, host, int(port), ssl=context, server_hostname=""
    )
    # Hangs up on somebody else.
    relay = Relay(connect, lambda back: not expected or expected in names_of(back))
    with TemporaryDirectory(prefix="parley-") as folder:
        socket = Path(folder) / "tunnel.sock"
        server = await asyncio.start_unix_server(relay.connected, socket)
        try:
            yield f"unix:{socket}"
        finally:
            server.close()
            await relay.end()


def client_context(
    roots: str, identity: Identity | None, alpn: Sequence[str]
) -> ssl.SSLContext:
    """Say whom to trust, and who is calling."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # a workload has a SPIFFE id, and no host name
    context.load_verify_locations(cadata=roots)
    context.set_alpn_protocols([*alpn])
    if identity:
        load(context, identity)
    return context


def server_context(identity: Identity, *alpn: str) -> ssl.SSLContext:
    """Say who answers; a caller may have no certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols([*alpn])
    load(context, identity)
    return context


def load(context: ssl.SSLContext, identity: Identity) -> None:
    """Load a certificate and its key: OpenSSL reads files alone; nobody else may."""
    with TemporaryDirectory(prefix="parley-") as folder:
        pair = Path(folder) / "pair.pem"
        pair.touch(mode=0o600)
        pair.write_text(identity.key + identity.certificate)
        context.load_cert_chain(pair)


def names_of(writer: asyncio.StreamWriter) -> list[str]:
    """Name the other end, as its certificate does."""
    certificate = writer.get_extra_info("peercert") or {}
    return [
        value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"
    ]
