"""
Gives a sidecar its certificates, and new ones every few minutes (SDS).

Each sidecar has an agent of its own, on a Unix socket that nobody else may open; so it
cannot ask for what is another's. On a cluster that is the agent in the pod.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc

from deploy.mesh.envoy.tls import CERTIFICATE, ROOTS
from deploy.mesh.identity.authority import Authority, Identity
from deploy.mesh.identity.protos import discovery_pb2, sds_pb2_grpc, secret_pb2

TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"


@dataclass
class Agent:
    """The secrets of one workload, and who waits for newer ones."""

    authority: Authority
    spiffe_id: str
    life: timedelta
    # Of a gateway: secrets with certificates for whoever comes from outside.
    hosts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def rotate(self) -> None:
        """Have a new certificate, and tell whoever waits."""
        roots = secret_pb2.Secret(name=ROOTS)
        roots.validation_context.trusted_ca.inline_string = self.authority.roots
        issued = {CERTIFICATE: self.authority.issue(self.spiffe_id, self.life)} | {
            f"kubernetes://{name}": self.authority.issue_for_hosts(hosts, self.life)
            for name, hosts in self.hosts.items()
        }
        pairs = {name: pair(name, identity) for name, identity in issued.items()}
        async with self._changed:
            self.secrets = {ROOTS: roots, **pairs}
            self.version += 1
            self._changed.notify_all()

    async def serve(self, hosts: Mapping[str, Sequence[str]]) -> None:
        """Have certificates for these hosts, from now on."""
        if hosts != self.hosts:
            self.hosts = hosts
            await self.rotate()

    async def newer(self, version: int) -> None:
        """Wait until there is something newer than a version."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.version > version)


def pair(name: str, identity: Identity) -> Any:
    """Write a certificate and its key as a secret."""
    secret = secret_pb2.Secret(name=name)
    secret.tls_certificate.certificate_chain.inline_string = identity.certificate
    secret.tls_certificate.private_key.inline_string = identity.key
    return secret


class Servicer(sds_pb2_grpc.SecretDiscoveryServiceServicer):  # type: ignore[misc]  # no types
    """Serves the secrets of one workload, whoever asks: only its sidecar can."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    async def StreamSecrets(
        self, requests: AsyncIterator[Any], context: Any
    ) -> AsyncIterator[Any]:
        """Send what is asked for, and again whenever it changes."""
        names = [*(await anext(requests)).resource_names]
        # What follows says only that an answer came.
        reading = asyncio.create_task(drained(requests))
        sent = 0
        try:
            while not reading.done():
                found, sent = self._found(names), self._agent.version
                if found:
                    yield found
                waiting = asyncio.create_task(self._agent.newer(sent))
                await asyncio.wait(
                    {waiting, reading}, return_when=asyncio.FIRST_COMPLETED
                )
                waiting.cancel()
        finally:
            reading.cancel()

    def _found(self, names: list[str]) -> Any:
        """Write an answer with these secrets; a name that there is not gets none."""
        agent = self._agent
        found = [agent.secrets[name] for name in names if name in agent.secrets]
        if not found:
            return None
        answer = discovery_pb2.DiscoveryResponse(
            version_info=str(agent.version), type_url=TYPE, nonce=str(agent.version)
        )
        for secret in found:
            answer.resources.add().Pack(secret)
        return answer


async def drained(requests: AsyncIterator[Any]) -> None:
    """Read to the end."""
    async for _ in requests:
        pass


@asynccontextmanager
async def serving(
    agent: Agent, socket: Path, interval: timedelta
) -> AsyncIterator[None]:
    """Serve an agent on a socket, and rotate its secrets, while the block runs."""
    await agent.rotate()
    server = grpc.aio.server()
    sds_pb2_grpc.add_SecretDiscoveryServiceServicer_to_server(Servicer(agent), server)
    bind(server, socket)
    await server.start()
    rotating = asyncio.create_task(every(interval, agent))
    try:
        yield
    finally:
        rotating.cancel()
        await server.stop(None)


def bind(server: grpc.aio.Server, socket: Path) -> None:
    """Listen on a socket that nobody else may open, from the beginning."""
    socket.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        server.add_insecure_port(f"unix:{socket}")
    finally:
        os.umask(before)


async def every(interval: timedelta, agent: Agent) -> None:
    """Rotate for ever."""
    while True:
        await asyncio.sleep(interval.total_seconds())
        await agent.rotate()
