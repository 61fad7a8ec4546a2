"""What callers do: send twice, stop, leave and come back."""

import asyncio
from random import Random
from time import monotonic
from uuid import uuid4

import grpc

from parley.chat.v1 import message_service_pb2 as pb
from tests.edge.patience import patiently
from tests.faults.deaths import SLOW, WAVE, text_of
from tests.faults.findings import Findings, milliseconds
from tests.faults.reader import Asking, Person, Shown
from tests.faults.system import System

EQUAL = 50
LONG = "scripted-400x20ms"


async def send_equally(system: System, runs: int, random: Random) -> Findings:
    """F04: the same request, 50 times at once."""
    findings, whole = Findings(), text_of(SLOW)
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        for _ in range(runs):
            person = Person(system, channel)
            parent, request_id = await person.conversation(), str(uuid4())
            said = f"Tell me {uuid4()}"
            everybody = [
                Asking(
                    person,
                    parent,
                    shown := Shown(said),
                    asyncio.create_task(
                        person.ask(shown, parent, model=SLOW, request_id=request_id)
                    ),
                )
                for _ in range(EQUAL)
            ]
            broken = [
                violation
                for asking in everybody
                for violation in await asking.completed(whole, asked=1)
            ]
            if len({asking.shown.name for asking in everybody}) != 1:
                broken.append(f"{parent}: more than one reply was made")
            findings.add(broken)
    findings.figures = [f"{EQUAL} equal calls each"]
    return findings


async def stop(system: System, runs: int, random: Random) -> Findings:
    """F07: a person stops a reply at a random character."""
    findings, closed, answered = Findings(), list[float](), list[float]()
    whole = text_of(LONG)
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        for _ in range(runs):
            person = Person(system, channel)
            asking = await person.begin(model=LONG)
            shown = asking.shown
            await shown.until(random.randrange(1, 200))
            seen = shown.seq
            before = system.upstream.counts["disconnected"]
            began = monotonic()
            gone = asyncio.create_task(system.upstream.disconnected(before + 1))
            gone.add_done_callback(lambda _, at=began: closed.append(monotonic() - at))  # type: ignore[misc]  # a default
            stopped = await person.messages.StopReply(
                pb.StopReplyRequest(name=shown.name, last_seen_seq=seen),
                metadata=person.me,
            )
            answered.append(monotonic() - began)
            await gone
            await asking.task
            if stopped.reply.text != whole[: seen - 1]:
                shown.note("another text is kept than was seen")
            if shown.ended != "stopped" or shown.reply != stopped.reply:
                shown.note("its reader was not told that it was stopped")
            if (await person.stored(asking.parent))[-1] != stopped.reply:
                shown.note("another end is stored than was told")
            findings.add(shown.violations)
    findings.figures = [
        milliseconds("the provider's socket is closed after", closed, 0.99),
        milliseconds("answered after", answered, 0.99),
    ]
    return findings


async def leave_and_return(system: System, runs: int, random: Random) -> Findings:
    """F08: a caller hangs up, and comes back when the reply is whole."""
    findings, whole = Findings(), text_of(SLOW)

    async def leaving(channel: grpc.aio.Channel) -> None:
        person, shown = Person(system, channel), Shown(f"Tell me {uuid4()}")
        parent = await person.conversation()
        call = person.messages.SendMessage(
            pb.SendMessageRequest(parent=parent, text=shown.said, model=SLOW),
            metadata=person.me,
        )
        enough = random.randrange(0, len(whole) // 2)
        async for sent in call:
            shown.take(sent.event)
            if len(shown.text) >= enough:
                break
        call.cancel()
        await until_ended(person, shown.name)
        task = asyncio.create_task(
            person.ask(shown, parent, model=SLOW, request_id=str(uuid4()))
        )
        violations = await Asking(person, parent, shown, task).completed(whole, asked=1)
        if shown.reply.usage.output_tokens != 60:
            shown.note(f"charged {shown.reply.usage.output_tokens} tokens")
        findings.add(violations)

    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        for begin in range(0, runs, WAVE):
            count = min(WAVE, runs - begin)
            await asyncio.gather(*(leaving(channel) for _ in range(count)))
    findings.figures = ["the model was asked once each"]
    return findings


@patiently
async def until_ended(person: Person, name: str) -> None:
    """Wait, without reading it, until a reply is whole."""
    got = await person.messages.GetMessage(
        pb.GetMessageRequest(name=name), metadata=person.me
    )
    assert got.message.HasField("end_time")
