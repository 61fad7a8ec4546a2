"""How soon the provider's connection is closed after a person stops a reply."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from time import monotonic

import grpc

from parley.chat.v1 import message_service_pb2 as pb
from tests.bench.alone.figures import percentiles
from tests.bench.results import Figure
from tests.bench.rounds import Tell
from tests.faults.reader import Person
from tests.faults.system import System, hurtable

MODEL = "scripted-400x20ms"
MILLISECONDS = 1000


async def stop(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Stop replies, and wait until the model's server sees that its caller is gone."""
    stops = 20 if quick else 200
    async with (
        hurtable() as system,
        grpc.aio.insecure_channel(system.envoy.target) as channel,
    ):
        person = Person(system, channel)
        chance = Random(2)  # noqa: S311 - when to stop
        closed, answered = list[float](), list[float]()
        for number in range(stops):
            if number % 20 == 0:
                tell(f"stop: {number} of {stops}")
            after = await stopped(system, person, chance)
            closed.append(after[0])
            answered.append(after[1])
    of = f"{stops} stops"
    for each in percentiles("stop", "the socket is closed", closed, (50, 99), of=of):
        yield each
    title = "StopReply has answered"
    for each in percentiles("stop", title, answered, (50, 99), of=of):
        yield each


async def stopped(
    system: System, person: Person, chance: Random
) -> tuple[float, float]:
    """Stop one reply; say when the socket was closed, and when the call answered."""
    asking = await person.begin(model=MODEL)
    await asking.shown.until(chance.randrange(1, 60))
    before = system.upstream.counts["disconnected"]
    began = monotonic()

    async def closing() -> float:
        await system.upstream.disconnected(before + 1)
        return monotonic() - began

    async def answering() -> float:
        await person.messages.StopReply(
            pb.StopReplyRequest(name=asking.shown.name), metadata=person.me
        )
        return monotonic() - began

    closed, answered = await asyncio.gather(closing(), answering())
    shown = await asking.task
    if shown.ended != "stopped":
        raise RuntimeError(f"a reply was stopped, and it ended {shown.ended!r}")
    return closed, answered
