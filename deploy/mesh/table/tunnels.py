"""Callers without a sidecar: whoever has a certificate, or none, and calls directly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.mesh.identity.authority import Identity

CHUNK = 65_536


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
    tasks: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            there, back = await asyncio.open_connection(
                host, int(port), ssl=context, server_hostname=""
            )
            with closing(back):
                # Hangs up on somebody else.
                if not expected or expected in names_of(back):
                    await asyncio.gather(pump(reader, back), pump(there, writer))

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(carry(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    with TemporaryDirectory(prefix="parley-") as folder:
        socket = Path(folder) / "tunnel.sock"
        server = await asyncio.start_unix_server(connected, socket)
        try:
            yield f"unix:{socket}"
        finally:
            server.close()
            for task in [*tasks]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def client_context(
    roots: str, identity: Identity | None, alpn: Sequence[str]
) -> ssl.SSLContext:
    """Say whom to trust, and who is calling."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # a workload has a SPIFFE id, and no host name
    context.load_verify_locations(cadata=roots)
    context.set_alpn_protocols([*alpn])
    if identity:
        # OpenSSL reads files alone; nobody else may.
        with TemporaryDirectory(prefix="parley-") as folder:
            pair = Path(folder) / "pair.pem"
            pair.touch(mode=0o600)
            pair.write_text(identity.key + identity.certificate)
            context.load_cert_chain(pair)
    return context


def names_of(writer: asyncio.StreamWriter) -> list[str]:
    """Name the other end, as its certificate does."""
    certificate = writer.get_extra_info("peercert") or {}
    return [
        value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"
    ]


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes one way, until either end is gone."""
    try:
        while data := await source.read(CHUNK):
            sink.write(data)
            await sink.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        sink.transport.abort()
