"""The readers, against the scripted model."""

from tests.bench.ask_http import asking_http
from tests.bench.load import Task, asked
from tests.bench.processes import Processes
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
