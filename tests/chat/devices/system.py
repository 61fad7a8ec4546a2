"""Two processes of chat, Redis and a scripted model, each of which may be ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
from redis.asyncio import Redis
from redis.exceptions import RedisError
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from deploy.local import redis as embedded_redis
from tests.chat.replicas import Replica, keys_serving, replica
from tests.doubles.upstream import Upstream
from tests.identity import Identity

AT_ONCE = (  # is found again who comes back
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 200),
)
PRICES = '{"*": [100000, 700000]}'
BUDGET = 20_000  # tokens a day, of each user


@dataclass
class Cache:
    """A Redis of one's own."""

    folder: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """How it is reached."""
        return embedded_redis.url(self.folder / "redis.sock")

    async def start(self) -> None:
        """Start it and wait until it answers."""
        command = embedded_redis.command(
            self.folder / "redis", self.folder / "redis.sock"
        )
        self.process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL
        )
        async with Redis.from_url(self.url) as client:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(RedisError),
                stop=stop_after_delay(20),
                wait=wait_fixed(0.02),
                reraise=True,
            ):
                with attempt:
                    await client.ping()

    async def kill(self) -> None:
        """Kill it; what it wrote in the last second may be lost."""
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def forget(self) -> None:
        """Empty it."""
        async with Redis.from_url(self.url) as client:
            await client.flushall()


class System:
    """What the devices of all users reach."""

    def __init__(
        self,
        identity: Identity,
        database_url: str,
        *,
        upstream: Upstream,
        cache: Cache,
        replicas: tuple[Replica, ...],
    ) -> None:
        self.identity = identity
        self.database_url = database_url
        self.upstream = upstream
        self.cache = cache
        self.replicas = replicas
        self._numbers = count(1)
        self._channels: dict[int, grpc.aio.Channel] = {}

    def alive(self, number: int) -> bool:
        """Tell whether a replica runs."""
        process = self.replicas[number].process
        return process is not None and process.returncode is None

    def nearest(self, number: int) -> int:
        """Return the replica of this number, or another one if that is dead."""
        numbers = range(len(self.replicas))
        order = sorted(numbers, key=lambda each: (each - number) % len(numbers))
        return next((each for each in order if self.alive(each)), number)

    def channel(self, number: int) -> grpc.aio.Channel:
        """Return the way to a replica."""
        if number not in self._channels:
            self._channels[number] = grpc.aio.insecure_channel(
                self.replicas[number].address, options=AT_ONCE
            )
        return self._channels[number]

    def model(self, script: str) -> str:
        """Name a model that nobody else asks, of a script."""
        return f"{script}-retry{next(self._numbers)}"

    async def start(self, number: int) -> None:
        """Start a replica, if it does not run."""
        if not self.alive(number):
            await self.replicas[number].start()

    async def start_all(self) -> None:
        """Start what does not run."""
        await asyncio.gather(*map(self.start, range(len(self.replicas))))

    async def close(self) -> None:
        """Close the ways to the replicas."""
        for channel in self._channels.values():
            await channel.close()


@asynccontextmanager
async def running(
    database_url: str, llm_address: str, upstream: Upstream, identity: Identity
) -> AsyncIterator[System]:
    """Run everything while the block runs."""
    with TemporaryDirectory(prefix="parley-") as name:
        cache = Cache(Path(name))
        await cache.start()
        try:
            async with keys_serving(identity) as keys:
                start = partial(
                    replica,
                    folder=Path(name),
                    identity=identity,
                    database_url=database_url,
                    redis_url=cache.url,
                    auth_address=keys,
                    llm_address=llm_address,
                    CHAT_RATE_BURST="0",
                    CHAT_BUDGET_TOKENS_PER_DAY=str(BUDGET),
                    CHAT_PRICES=PRICES,
                    CHAT_DRAIN_SECONDS="0.2",
                )
                async with (
                    start("chat-1") as first,
                    start("chat-2") as second,
                ):
                    system = System(
                        identity,
                        database_url,
                        upstream=upstream,
                        cache=cache,
                        replicas=(first, second),
                    )
                    try:
                        yield system
                    finally:
                        await system.close()
        finally:
            await cache.kill()
