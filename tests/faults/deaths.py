"""Processes are killed or stopped while they write replies."""

import asyncio
import signal
from itertools import cycle
from random import Random
from time import monotonic

import grpc

from tests.doubles.script import named
from tests.faults.findings import Findings, milliseconds
from tests.faults.reader import Asking, Person
from tests.faults.system import System, channels_to

SLOW = "scripted-60x20ms"
WAVE = 25  # callers that begin at once


def text_of(model: str) -> str:
    """Return the whole text that a scripted model writes."""
    script = named(model)
    assert script
    return script.text


async def kill_chat(system: System, runs: int, random: Random) -> Findings:
    """F01: the replica that writes a reply is killed at a random character."""
    findings, whole = Findings(), text_of(SLOW)
    since_kill: list[float] = []
    since_restart: list[float] = []
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        for _ in range(runs):
            asking = await Person(system, channel).begin(model=SLOW)
            await asking.shown.until(1)
            victim = await system.holder(asking.shown.name)  # while there is one
            await asking.shown.until(random.randrange(1, len(whole) * 3 // 4))
            await victim.end()
            killed = monotonic()
            await victim.start()
            await victim.until_serving()
            restarted = monotonic()
            findings.add(await asking.completed(whole, asked=2))
            since_kill.append(asking.shown.resumed_after(killed))
            since_restart.append(max(0.0, since_kill[-1] - (restarted - killed)))
            await system.until_known()
    findings.figures = [
        milliseconds("goes on after the kill", since_kill),
        milliseconds("after the restart", since_restart),
    ]
    return findings


async def kill_llm(system: System, runs: int, random: Random) -> Findings:
    """F02: both replicas of llm are killed at a random character."""
    findings, whole, ends = Findings(), text_of(SLOW), list[str]()
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        for _ in range(runs):
            asking = await Person(system, channel).begin(model=SLOW)
            await asking.shown.until(random.randrange(1, len(whole) * 3 // 4))
            await asyncio.gather(*(llm.end() for llm in system.llms))
            await asyncio.gather(*(llm.start() for llm in system.llms))
            findings.add(await asking.checked(whole, asked=2))
            ends.append(asking.shown.ended)
            await asyncio.gather(*(llm.until_serving() for llm in system.llms))
            await system.until_known()
    findings.figures = [f"{ends.count('completed')} completed"]
    return findings


async def restart_chat(system: System, runs: int, random: Random) -> Findings:
    """F03: every replica of chat is restarted while many replies are live."""
    model = "scripted-150x100ms"
    findings, whole = Findings(), text_of(model)
    stopped, calls, failed = asyncio.Event(), 0, list[str]()

    async with channels_to(system, runs) as channels:
        turns = cycle(channels)

        async def keep_calling() -> None:
            nonlocal calls
            person = Person(system, next(turns))
            while not stopped.is_set():
                calls += 1
                try:
                    await person.conversation()
                except grpc.aio.AioRpcError as error:
                    failed.append(f"{error.code().name}: {error.details()}")
                await asyncio.sleep(random.uniform(0.01, 0.05))

        live: list[Asking] = []
        while len(live) < runs:
            count = min(WAVE, runs - len(live))
            live += await asyncio.gather(
                *(Person(system, next(turns)).begin(model=model) for _ in range(count))
            )
        await asyncio.gather(*(asking.shown.until(1) for asking in live))
        calling = [asyncio.create_task(keep_calling()) for _ in range(2)]
        for chat in system.chats:
            await chat.end(signal.SIGTERM)
            await system.start_service(chat)
        stopped.set()
        await asyncio.gather(*calling)
        for asking in live:
            findings.add(await asking.completed(whole, asked=3))
    findings.violations += failed
    cut = sum(asking.shown.cuts > 0 for asking in live)
    findings.figures = [
        f"{len(failed)} of {calls:,} other calls failed",
        f"{cut} streams were resumed",
    ]
    return findings
