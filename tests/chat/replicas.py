"""Processes of chat that a test can kill."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import ParseDict

from deploy.local.ports import free_port
from parley.auth.v1 import key_service_pb2 as keys_pb
from parley.auth.v1 import key_service_pb2_grpc as keys_grpc
from services.kit.interceptors import bearer
from services.kit.server import serving
from tests.identity import Identity
from tests.serving import ANY_PORT

ROOT = Path(__file__).parents[2]
READY_SECONDS = 30


class Keys(keys_grpc.KeyServiceServicer):
    """Publishes the test's keys, as auth does."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def GetJsonWebKeySet(
        self, request: keys_pb.GetJsonWebKeySetRequest, context: Any
    ) -> keys_pb.GetJsonWebKeySetResponse:
        return ParseDict(
            {"keys": [self._identity.jwk]}, keys_pb.GetJsonWebKeySetResponse()
        )


@asynccontextmanager
async def keys_serving(identity: Identity) -> AsyncIterator[str]:
    """Serve the keys of access tokens; yield the address."""
    keys = Keys(identity)  # type: ignore[abstract]  # its other methods nobody calls
    async with serving(
        partial(keys_grpc.add_KeyServiceServicer_to_server, keys),
        services=("parley.auth.v1.KeyService",),
        address=ANY_PORT,
        authenticate=bearer(identity.verifier()),
        drain_seconds=0,
    ) as port:
        yield f"127.0.0.1:{port}"


@dataclass
class Replica:
    """One process of chat, which keeps its name and its port when it is restarted."""

    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """Where it serves."""
        return self.environment["CHAT_LISTEN_ADDRESS"]

    async def start(self) -> None:
        """Start it and wait until it serves."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.chat"),
            env=self.environment,
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with grpc.aio.insecure_channel(self.address) as channel:
            async with asyncio.timeout(READY_SECONDS):
                await channel.channel_ready()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process
        self.process.send_signal(number)

    async def end(self, number: signal.Signals) -> None:
        """End it with a signal, and wait until it has."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()

    async def kill(self) -> None:
        """Kill it, as the kernel does when memory runs out."""
        await self.end(signal.SIGKILL)

    async def terminate(self) -> None:
        """Ask it to end, as Kubernetes does."""
        await self.end(signal.SIGTERM)


@asynccontextmanager
async def replica(
    name: str,
    *,
    folder: Path,
    identity: Identity,
    database_url: str,
    redis_url: str,
    auth_address: str,
    llm_address: str,
    **more: str,
) -> AsyncIterator[Replica]:
    """Run a process of chat, until the block ends or it is killed."""
    key = folder / f"{name}.pem"
    key.write_bytes(identity.chat_key_pem)
    process = Replica(
        {
            "PYTHONPATH": f"{ROOT}:{ROOT}/gen/python",
            "PATH": os.environ["PATH"],
            "CHAT_REPLICA_NAME": name,
            "CHAT_LISTEN_ADDRESS": f"127.0.0.1:{free_port()}",
            "CHAT_DATABASE_URL": database_url,
            "CHAT_REDIS_URL": redis_url,
            "CHAT_AUTH_ADDRESS": auth_address,
            "CHAT_LLM_ADDRESS": llm_address,
            "CHAT_SIGNING_KEY_FILE": str(key),
            "CHAT_DRAIN_SECONDS": "3",
            "CHAT_TITLES": "false",
            **more,
        }
    )
    await process.start()
    try:
        yield process
    finally:
        await process.kill()
