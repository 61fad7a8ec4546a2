"""The readers, against the scripted model."""

import asyncio
import sys

import pytest

from tests.bench.ask_http import asking_http
from tests.bench.load import Task, asked
from tests.bench.processes import Processes
from tests.bench.rounds import Died, run
from tests.bench.scenarios import Scenario
from tests.bench.systems import System
from tests.bench.systems import Upstream as Model
from tests.bench.workers import measured
from tests.doubles.openai_server import serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream


def task(upstream: Upstream, tokens: int) -> Task:
    return Task(
        protocol="openai",
        url=f"{upstream.url}/chat/completions",
        readers=3,
        replies=7,
        tokens=tokens,
    )


async def test_a_reply_with_the_scripts_text_is_right():
    async with serving(Script(tokens=words(50))) as upstream:
        given = task(upstream, tokens=50)
        async with asking_http(given.url, "openai") as ask:
            outcome = await asked(given, ask)

    assert (outcome.right, outcome.wrong, outcome.faults) == (7, 0, [])
    assert outcome.pieces == 7 * 50
    assert len(outcome.first) == len(outcome.whole) == 7
    assert all(map(float.__le__, outcome.first, outcome.whole))


async def test_a_reply_that_lacks_a_token_is_wrong():
    async with serving(Script(tokens=words(49))) as upstream:
        given = task(upstream, tokens=50)
        async with asking_http(given.url, "openai") as ask:
            outcome = await asked(given, ask)

    assert (outcome.right, outcome.wrong) == (0, 7)
    assert outcome.faults[0].startswith("text: 'ba da")


async def test_a_reply_that_is_cut_is_wrong():
    async with serving(Script(tokens=words(50), cut_after=50)) as upstream:
        given = task(upstream, tokens=50)
        async with asking_http(given.url, "openai") as ask:
            outcome = await asked(given, ask)

    assert (outcome.right, outcome.wrong) == (0, 7)


async def test_processes_share_the_work_and_their_target_is_measured():
    async with serving(Script(tokens=words(50))) as upstream:
        seen = await measured(task(upstream, tokens=50), Processes(1), workers=2)

    assert seen.outcome.right == 7
    assert len(upstream.requests) == 7
    assert seen.cpu_seconds


async def test_a_system_that_ended_is_said_to_have_died():
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    async with serving(Script(tokens=words(10))) as upstream:
        system = System("peer", "openai", f"{upstream.url}/chat/completions", gone.pid)
        model = Model(upstream.url)
        scenario = Scenario(
            kind="burst", readers=1, tokens=10, delay=0.0, replies_each=1
        )

        with pytest.raises(Died, match="peer died in burst x 1"):
            await anext(run(scenario, [system], model, tell=lambda _: None))
