"""Postgres and Redis die, or freeze, while people write."""

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from random import Random
from time import monotonic
from uuid import uuid4

import grpc
import psutil

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from tests.edge.patience import patiently, until
from tests.faults.deaths import SLOW, text_of
from tests.faults.findings import Findings, milliseconds
from tests.faults.reader import Asking, Person, Shown
from tests.faults.system import System

QUICK = "scripted-5x0ms"
WRITERS = 8
DEADLINE_SECONDS = 2.0
MAY_FAIL = {"DEADLINE_EXCEEDED", "UNAVAILABLE", "RESOURCE_EXHAUSTED", "OK"}


@dataclass
class Writer:
    """Says one thing after the other, and remembers what was acknowledged."""

    person: Person
    parent: str
    said: list[Shown] = field(default_factory=list)

    async def write(self, stopped: asyncio.Event) -> None:
        """Send until told to stop; each message with a request id of its own."""
        while not stopped.is_set():
            await self.write_one()

    async def write_one(self) -> None:
        """Send one message and read the reply to its end."""
        shown = Shown(f"Note {uuid4()}")
        self.said.append(shown)
        asking = self.person.ask(
            shown, self.parent, model=QUICK, request_id=str(uuid4())
        )
        try:
            await asking
        except TimeoutError:
            shown.note("never ended")

    async def checked(self) -> list[str]:
        """Compare what was acknowledged with what is stored."""
        stored: list[message_pb.Message] = []
        token = ""
        while True:
            page = await self.person.messages.ListMessages(
                pb.ListMessagesRequest(
                    parent=self.parent, page_size=200, page_token=token
                ),
                metadata=self.person.me,
            )
            stored += page.messages
            if not (token := page.next_page_token):
                break
        violations = [each for shown in self.said for each in shown.violations]
        texts = Counter(
            message.text for message in stored if message.role == message_pb.ROLE_USER
        )
        if texts != Counter(shown.said for shown in self.said):
            violations.append(f"{self.parent}: lost or stored twice")
        ends = {message.name: message for message in stored}
        for shown in self.said:
            if ends.get(shown.name) != shown.reply or shown.ended != "completed":
                violations.append(f"{shown.name}: not stored as it was told")
        return violations


async def writers(system: System, channel: grpc.aio.Channel) -> list[Writer]:
    """Have some people begin conversations."""
    people = [Person(system, channel) for _ in range(WRITERS)]
    return [Writer(each, await each.conversation()) for each in people]


async def restart_postgres(system: System, runs: int, random: Random) -> Findings:
    """F10: Postgres is restarted without a shutdown while people write."""
    findings, stopped, waits = Findings(), asyncio.Event(), list[float]()
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        people = await writers(system, channel)
        writing = [asyncio.create_task(each.write(stopped)) for each in people]
        for _ in range(runs):
            await asyncio.sleep(random.uniform(0.3, 1.0))
            await system.postgres.end(signal.SIGQUIT)
            await system.start_postgres()
            opened = monotonic()
            await until(partial(first_time, people, opened))
            waits.append((first_time(people, opened) or opened) - opened)
            findings.runs += 1
        stopped.set()
        await asyncio.gather(*writing)
        for each in people:
            findings.violations += await each.checked()
    acked = sum(len(each.said) for each in people)
    findings.figures = [
        f"{acked:,} messages acknowledged",
        milliseconds("first success after Postgres is back", waits),
    ]
    return findings


def first_time(people: list[Writer], moment: float) -> float | None:
    """Return when a message that was sent after a moment was acknowledged."""
    times = [
        shown.times[0]
        for each in people
        for shown in each.said[-20:]
        if shown.times and shown.times[0] > moment
    ]
    return min(times, default=None)


async def kill_redis(system: System, runs: int, random: Random) -> Findings:
    """F12: Redis is killed while a reply is read and others are asked for."""
    findings = Findings()
    there, away = list[float](), list[float]()
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        live = await Person(system, channel).begin(model=SLOW)
        people = await writers(system, channel)
        await timed(people, runs, there, findings)
        await live.shown.until(1)
        await system.redis.end()
        others = [elsewhere(system, live, chat.address) for chat in system.chats]
        await timed(people, runs, away, findings)
        findings.add(await live.completed(text_of(SLOW), asked=1))
        for device in others:
            findings.add(await device.completed(text_of(SLOW), asked=1))
        await system.start_redis()
        await timed(people, 1, [], findings)
        for each in people:
            findings.violations += await each.checked()
    findings.figures = [
        milliseconds("first event with Redis", there),
        milliseconds("without", away),
    ]
    return findings


def elsewhere(system: System, live: Asking, address: str) -> Asking:
    """Read a reply at one replica too; without Redis, the other may write it."""
    shown = Shown(live.shown.said, name=live.shown.name)

    async def read() -> Shown:
        async with grpc.aio.insecure_channel(address) as channel:
            person = Person(system, channel, live.person.user)
            return await person.ask(shown, live.parent, model=SLOW, request_id="")

    return Asking(live.person, live.parent, shown, asyncio.create_task(read()))


async def timed(
    people: list[Writer], runs: int, times: list[float], findings: Findings
) -> None:
    """Have everybody write so often; note how long the first event took."""
    for _ in range(runs):
        began = monotonic()
        await asyncio.gather(*(each.write_one() for each in people))
        shown = [each.said[-1] for each in people]
        times += [each.times[0] - began for each in shown if each.times]
        for each in shown:
            findings.add(["failed at once"] if each.cuts else [])


async def freeze_postgres(system: System, runs: int, random: Random) -> Findings:
    """F11: Postgres does not answer for so many seconds, and is not gone either."""
    findings, over, codes = Findings(), list[float](), Counter[str]()
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        live = await Person(system, channel).begin(model=SLOW)
        people = await writers(system, channel)
        await live.shown.until(1)
        frozen = family(system.postgres.pid)
        for process in frozen:
            process.suspend()
        try:
            until = monotonic() + runs
            while monotonic() < until:
                ended = await asyncio.gather(*(list_soon(each) for each in people))
                for code, seconds in ended:
                    codes[code] += 1
                    over.append(max(0.0, seconds - DEADLINE_SECONDS))
                    findings.add([] if code in MAY_FAIL else [f"ended with {code}"])
                findings.violations += await unwell(system)
        finally:
            for process in reversed(frozen):
                process.resume()
        back = monotonic()
        await until_well(people)
        whole_again = monotonic() - back
        findings.violations += await unwell(system)
        await system.until_known()
        findings.add(await live.completed(text_of(SLOW), asked=2))
        await timed(people, 1, [], findings)
        for each in people:
            findings.violations += await each.checked()
    findings.figures = [
        f"{codes.total()} calls, {', '.join(f'{n} {c}' for c, n in codes.items())}",
        milliseconds("over the deadline", over, 1.0),
        f"all calls succeed {whole_again * 1000:,.0f} ms after",
    ]
    return findings


async def unwell(system: System) -> list[str]:
    """Name the replicas that do not say that they are well."""
    well = await asyncio.gather(*(chat.is_serving() for chat in system.chats))
    return [
        f"{chat.log.stem} says that it is not well"
        for chat, says in zip(system.chats, well, strict=True)
        if not says
    ]


def family(pid: int) -> list[psutil.Process]:
    """Find a process and its children."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


async def list_soon(writer: Writer) -> tuple[str, float]:
    """List a conversation with a deadline; return how that ended, and when."""
    began = monotonic()
    try:
        await writer.person.messages.ListMessages(
            pb.ListMessagesRequest(parent=writer.parent),
            metadata=writer.person.me,
            timeout=DEADLINE_SECONDS,
        )
    except grpc.aio.AioRpcError as error:
        return error.code().name, monotonic() - began
    return "OK", monotonic() - began


@patiently
async def until_well(people: list[Writer]) -> None:
    """Wait until everybody can list their conversation."""
    ended = await asyncio.gather(*map(list_soon, people))
    assert {code for code, _ in ended} == {"OK"}
