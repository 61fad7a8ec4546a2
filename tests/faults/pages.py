"""A person watches in a browser as chat is killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from os import kill
from random import Random
from signal import SIGKILL
from time import monotonic
from uuid import UUID, uuid4

import psutil
import psycopg
from playwright.async_api import expect

from deploy.local.state import State
from deploy.local.supervisor import Supervisor
from tests.doubles.script import Script, words
from tests.e2e.browser import open_browser
from tests.e2e.pages import Parley
from tests.faults.findings import Findings, milliseconds
from tests.faults.system import System
from tests.stack import Stack, running

SCRIPT = Script(tokens=words(60), delay=0.02)
WHOLE_SECONDS = 30
LIVE = """
SELECT messages.id, replicas.name
FROM messages JOIN replicas ON replicas.id = messages.holder
WHERE messages.end_time IS NULL
"""
STORED = "SELECT text FROM messages WHERE id = %s"


async def kill_chat(_: System, runs: int, random: Random) -> Findings:
    """F01b: the replica that writes what a page shows is killed at a random word."""
    findings, times = Findings(), list[float]()
    async with running(REPLICAS="2") as stack, watching(stack) as page:
        for number in range(runs):
            if number:
                await page.begin_conversation()
            said, seen = f"Tell me {uuid4()}", random.randrange(1, 50)
            stack.upstream.rescript(replace(SCRIPT, stall_after=seen))
            await page.ask(said)
            await expect(page.replies).to_contain_text(SCRIPT.tokens[seen - 1].strip())
            reply, holder = await asyncio.to_thread(live, stack)
            kill(pids(stack)[holder], SIGKILL)
            stack.upstream.release()
            killed = monotonic()
            violations = await wrong(page, stack, reply)
            times.append(monotonic() - killed)
            if (asks := asked(stack, said)) > 2:
                violations.append(f"the model was asked {asks} times")
            findings.add([f"{said}: {each}" for each in violations])
        findings.violations += page.complaints
    findings.figures = [milliseconds("whole in the page after the kill", times)]
    return findings


@asynccontextmanager
async def watching(stack: Stack) -> AsyncIterator[Parley]:
    """Sit before a page, signed in."""
    async with open_browser() as browser:
        page = Parley(await browser.new_page(), stack.url)
        page.listen()
        await page.sign_up()
        yield page


async def wrong(page: Parley, stack: Stack, reply: UUID) -> list[str]:
    """Wait until the page shows that the reply has ended; say what is wrong with it."""
    try:
        await expect(page.page.get_by_role("button", name="Stop")).to_have_count(
            0, timeout=WHOLE_SECONDS * 1000
        )
    except AssertionError:
        return ["the page never showed the end"]
    shown = " ".join((await page.replies.all_inner_texts())[0].split())
    stored = " ".join((await asyncio.to_thread(text_of, stack, reply)).split())
    problems = []
    if shown != stored:
        problems.append(f"shown is {shown!r}, stored is {stored!r}")
    if stored != " ".join(SCRIPT.text.split()):
        problems.append("it is not whole")
    return problems


def pids(stack: Stack) -> dict[str, int]:
    """Number the parts of a system."""
    supervisor = Supervisor(State.of(stack.environment))
    return {info["name"]: info["pid"] for info in supervisor.info()}


def database(stack: Stack) -> str:
    """Say where chat's tables are; each replica that lives knows."""
    for name, pid in pids(stack).items():
        if name.startswith("chat-") and pid:
            return psutil.Process(pid).environ()["CHAT_DATABASE_URL"]
    raise AssertionError("no replica of chat lives")


def live(stack: Stack) -> tuple[UUID, str]:
    """Find the only reply that is being written, and by whom."""
    with psycopg.connect(database(stack)) as connection:
        found = connection.execute(LIVE).fetchall()
    ((reply, holder),) = found
    return reply, holder


def text_of(stack: Stack, reply: UUID) -> str:
    """Read what is stored of a reply."""
    with psycopg.connect(database(stack)) as connection:
        found = connection.execute(STORED, (reply,)).fetchone()
    assert found
    return str(found[0])


def asked(stack: Stack, said: str) -> int:
    """Count how often the model was asked this."""
    return sum(
        received.body["messages"][-1]["content"] == said
        for received in stack.upstream.requests
    )
