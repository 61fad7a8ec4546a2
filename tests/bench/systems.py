"""What is compared: how each is reached, and the process it all descends from."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.bench.load import Protocol
from tests.bench.processes import Processes

_PATIENCE = 120.0


@dataclass(frozen=True)
class System:
    """A running system. The upstream itself has no process that is counted."""

    name: str
    protocol: Protocol
    url: str
    root: int | None

    @property
    def processes(self) -> Processes | None:
        """What is counted."""
        return Processes(self.root) if self.root else None


@dataclass(frozen=True)
class Upstream:
    """The scripted model, in a process of its own."""

    url: str

    @property
    def system(self) -> System:
        """The upstream, asked directly."""
        return System("direct", "openai", f"{self.url}/chat/completions", None)

    async def follow(self, tokens: int, delay: float) -> None:
        """Answer with so many tokens from now on."""
        control = self.url.removesuffix("/v1") + "/control/script"
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            await session.post(control, json={"tokens": tokens, "delay": delay})


@asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    """Run the scripted model."""
    command = [sys.executable, "-m", "tests.doubles.openai_server"]
    async with running(command, dict(os.environ), stdout=PIPE) as process:
        assert process.stdout is not None
        yield Upstream((await process.stdout.readline()).decode().strip())


@asynccontextmanager
async def running(
    command: Sequence[str | Path], environment: dict[str, str], stdout: int = DEVNULL
) -> AsyncIterator[Process]:
    """Run a command until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=stdout, stderr=None
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def until_answers(url: str, process: Process) -> None:
    """Wait until a system that is starting says that it is healthy, or has ended."""
    ended = asyncio.create_task(process.wait())
    async with aiohttp.ClientSession() as session:
        answered = asyncio.create_task(_answered(session, url))
        await asyncio.wait([ended, answered], return_when=asyncio.FIRST_COMPLETED)
        for task in (ended, answered):
            task.cancel()
        await asyncio.gather(ended, answered, return_exceptions=True)
    if answered.cancelled():
        raise RuntimeError(f"{url} did not start")
    answered.result()


@retry(
    retry=retry_if_exception_type(aiohttp.ClientError),
    stop=stop_after_delay(_PATIENCE),
    wait=wait_fixed(0.2),
)
async def _answered(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url, raise_for_status=True):
        pass
