"""How long it takes until everybody refuses what was revoked."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from statistics import median
from time import monotonic

import grpc

from tests.auth.browser import Api, Browser
from tests.revocations.doors import (
    Door,
    cut,
    doors,
    edge_of,
    pids,
    sessions,
    watching,
)
from tests.stack import Stack

Hurt = Callable[[Stack], AbstractAsyncContextManager[None]]
STREAM = "a live stream"


@dataclass(frozen=True)
class Times:
    """Seconds until a door was shut, once for each try."""

    door: str
    seconds: Sequence[float]

    @property
    def middle(self) -> float:
        """Half of the tries took less."""
        return median(self.seconds)

    @property
    def worst(self) -> float:
        """None took longer."""
        return max(self.seconds)


async def measure(stack: Stack, tries: int, hurt: Hurt) -> Sequence[Times]:
    """End sessions, and time from the asking until each door is shut for them."""
    found: dict[str, list[float]] = {}
    async with doors(stack) as all_doors, edge_of(stack) as edge:
        first, second = await sessions(Api(edge))
        for _ in range(tries):
            times = await once(stack, all_doors, first, second, hurt)
            for name, seconds in times.items():
                found.setdefault(name, []).append(seconds)
            await second.sign_in()
        for door in all_doors:  # who was not revoked is let in
            await door.knock(first)
    return [Times(name, seconds) for name, seconds in found.items()]


async def once(
    stack: Stack, all_doors: Sequence[Door], by: Browser, ended: Browser, hurt: Hurt
) -> dict[str, float]:
    """End one session by another one."""
    async with edge_of(stack) as edge, watching(edge, ended) as call:
        for door in all_doors:
            await door.knock(ended)
        async with hurt(stack):
            began = monotonic()
            deleting = asyncio.create_task(persistently(by, ended.session.name))
            shut = await asyncio.gather(
                *(door.shut(ended) for door in all_doors), cut(call)
            )
            await deleting
    names = [*(door.name for door in all_doors), STREAM]
    return dict(zip(names, (time - began for time in shut), strict=True))


async def persistently(by: Browser, session: str) -> None:
    """End a session; a replica that is killed just then may be asked in vain."""
    while True:
        try:
            return await by.sign_out(session)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            await asyncio.sleep(0.01)


@asynccontextmanager
async def nothing(stack: Stack) -> AsyncIterator[None]:
    """Leave everything as it is."""
    yield


@asynccontextmanager
async def redis_frozen(stack: Stack) -> AsyncIterator[None]:
    """Freeze Redis: it takes connections, and answers nothing."""
    pid = pids(stack)["redis"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def auth_killed(stack: Stack) -> AsyncIterator[None]:
    """Kill one of two replicas of auth; it is started again afterwards."""
    pid = pids(stack)["auth-1"]
    os.kill(pid, signal.SIGKILL)
    yield
    async with asyncio.timeout(30):
        while pids(stack)["auth-1"] in (0, pid):  # noqa: ASYNC110 - nobody says so
            await asyncio.sleep(0.1)
    async with doors(stack) as all_doors, edge_of(stack) as edge:
        back = await Browser(Api(edge)).sign_up()
        for door in all_doors:
            await until_open(door, back)


async def until_open(door: Door, browser: Browser) -> None:
    """Wait until a door lets somebody in."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await door.knock(browser)
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.1)
