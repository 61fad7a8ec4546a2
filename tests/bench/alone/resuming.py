"""How soon a reader who resumes sees more after the writing replica was killed."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from time import monotonic

import grpc

from tests.bench.alone.figures import percentiles
from tests.bench.results import Figure
from tests.bench.rounds import Tell
from tests.doubles.script import named
from tests.faults.reader import Person, Shown
from tests.faults.system import System, hurtable

MODEL = "scripted-100x20ms"


async def resume(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Kill the replica of chat that writes a reply, again and again."""
    kills = 2 if quick else 16
    async with (
        hurtable() as system,
        grpc.aio.insecure_channel(system.envoy.target) as channel,
    ):
        person = Person(system, channel)
        chance = Random(1)  # noqa: S311 - when to kill
        kill, restart = list[float](), list[float]()
        for number in range(kills):
            tell(f"resume: kill {number + 1} of {kills}")
            waited, starting = await killed(system, person, chance, restart=True)
            kill.append(waited)
            restart.append(max(0.0, waited - starting))
        of = f"{kills} kills"
        for each in percentiles("resume", "from the kill", kill, (50, 95), of=of):
            yield each
        title = "from when the replica serves again"
        for each in percentiles("resume", title, restart, (50, 95), of=of):
            yield each
        left = list[float]()
        for number in range(kills // 2):
            tell(f"resume: kill {number + 1} of {kills // 2}, nothing restarted")
            left.append((await killed(system, person, chance, restart=False))[0])
        title, of = "from the kill, and it stays away", f"{kills // 2} kills"
        for each in percentiles("resume", title, left, (50, 95), of=of):
            yield each


async def killed(
    system: System, person: Person, chance: Random, *, restart: bool
) -> tuple[float, float]:
    """
    Kill the replica that writes a reply, and see the reply whole at the end.

    Return after how many seconds the next event came, and after how many the replica
    served again, if it was started at once; otherwise that is done at the end.
    """
    script = named(MODEL)
    assert script
    asking = await person.begin(model=MODEL)
    await asking.shown.until(chance.randrange(1, len(script.text) // 2))
    victim = await system.holder(asking.shown.name)
    cuts = asking.shown.cuts
    await victim.end()
    moment, starting = monotonic(), 0.0
    going_on = asyncio.create_task(resumed(asking.shown, cuts))
    if restart:
        await victim.start()
        await victim.until_serving()
        starting = monotonic() - moment
    waited = await going_on - moment
    if broken := await asking.completed(script.text, asked=2):
        raise RuntimeError(f"a promise was broken: {broken}")
    if not restart:
        await victim.start()
        await victim.until_serving()
    await system.until_known()
    return waited, starting


async def resumed(shown: Shown, cuts: int) -> float:
    """Wait for the first event on another stream; say when it came."""
    while True:
        await shown.changed()
        if shown.cuts > cuts:
            return shown.times[-1]
