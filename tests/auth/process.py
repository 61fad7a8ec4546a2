"""The process itself, as tests start it."""

import asyncio
import json
import os
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Any

import grpc
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.ports import free_port
from tests.auth.browser import Api

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "services.auth")
PATHS = {"PYTHONPATH": f"{ROOT}:{ROOT}/gen/python", "PATH": os.environ["PATH"]}


@dataclass
class Running:
    """A process, what it serves, and all that it has written so far."""

    api: Api
    health: Any  # its stub is published without methods
    process: asyncio.subprocess.Process
    output: list[bytes] = field(default_factory=list)

    async def stop(self) -> list[dict[str, Any]]:
        """Ask it to stop, as an operator does; return what it logged."""
        if self.process.returncode is None:
            self.process.terminate()
        assert self.process.stdout
        self.output.append(await self.process.stdout.read())
        assert await self.process.wait() == 0
        return [json.loads(line) for line in b"".join(self.output).splitlines()]


def settings(tmp_path: Path, auth_database: str, redis_url: str) -> dict[str, str]:
    """Make keys in a folder; return the environment of a process that uses them."""
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "signing.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "audit.pem").write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )
    (tmp_path / "refresh").write_bytes(b64encode(token_bytes(32)))
    (tmp_path / "sealing").write_bytes(b"1:" + b64encode(token_bytes(32)))
    return {
        **PATHS,
        "AUTH_LISTEN_ADDRESS": f"127.0.0.1:{free_port()}",
        "AUTH_DATABASE_URL": auth_database,
        "AUTH_REDIS_URL": redis_url,
        "AUTH_CHAT_ADDRESS": "127.0.0.1:1",
        "AUTH_LLM_ADDRESS": "127.0.0.1:1",
        "AUTH_SIGNING_KEY_FILE": str(tmp_path / "signing.pem"),
        "AUTH_REFRESH_KEY_FILE": str(tmp_path / "refresh"),
        "AUTH_SEALING_KEYS_FILE": str(tmp_path / "sealing"),
        "AUTH_AUDIT_KEY_FILE": str(tmp_path / "audit.pem"),
    }


@asynccontextmanager
async def running(environment: dict[str, str]) -> AsyncIterator[Running]:
    """Run a process while the block runs."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        env=environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    address = environment["AUTH_LISTEN_ADDRESS"]
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)
            await health.Check(
                health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=20
            )
            yield Running(Api(channel), health, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
