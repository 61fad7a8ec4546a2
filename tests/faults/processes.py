"""Processes of a system that a test can kill, freeze and start again."""

import asyncio
import os
import pwd
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

SERVING_SECONDS = 30
# Not `user=` of asyncio: that forks, and a process that uses gRPC had better not.
AS_USER = (
    "import os, sys; os.setuid(int(sys.argv[1])); os.execv(sys.argv[2], sys.argv[2:])"
)


def as_user(name: str | None, command: Sequence[str]) -> Sequence[str]:
    """Have a program run as somebody else."""
    if name is None:
        return command
    uid = str(pwd.getpwnam(name).pw_uid)
    return (sys.executable, "-c", AS_USER, uid, *command)


@dataclass
class Process:
    """A program that keeps its command, its address and its log when restarted."""

    command: Sequence[str]
    log: Path
    address: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    running: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its number."""
        assert self.running, self.command
        return self.running.pid

    async def start(self) -> None:
        """Start it; whether it serves is for others to see."""
        with self.log.open("a") as log:
            self.running = await asyncio.create_subprocess_exec(
                *self.command,
                env={"PATH": os.environ["PATH"], **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )

    async def until_serving(self) -> None:
        """Wait until it says that it is well; if it does not, show what it wrote."""
        try:
            async with (
                asyncio.timeout(SERVING_SECONDS),
                grpc.aio.insecure_channel(self.address) as channel,
            ):
                stub: Any = health_pb2_grpc.HealthStub(channel)
                request = health_pb2.HealthCheckRequest()
                async for found in stub.Watch(request, wait_for_ready=True):
                    if found.status == health_pb2.HealthCheckResponse.SERVING:
                        return
        except (grpc.aio.AioRpcError, TimeoutError) as error:
            raise AssertionError(self.log.read_text()) from error

    async def is_serving(self) -> bool:
        """See whether it says that it is well."""
        async with grpc.aio.insecure_channel(self.address) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            request = health_pb2.HealthCheckRequest()
            found = await stub.Check(request, timeout=SERVING_SECONDS)
            return bool(found.status == health_pb2.HealthCheckResponse.SERVING)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.running and self.running.returncode is None:
            self.running.send_signal(number)

    async def wait(self) -> int:
        """Wait until it has ended by itself; return its status."""
        assert self.running, self.command
        return await self.running.wait()

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, and wait until it has ended."""
        self.send(number)
        if self.running:
            await self.running.wait()
