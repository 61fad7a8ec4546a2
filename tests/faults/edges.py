"""What the edge makes of failures, and how many streams it carries."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import uuid4

import aiohttp
import grpc
import psutil
from google.protobuf.message import Message

from parley.chat.v1 import message_service_pb2 as pb
from tests.chat.events import TERMINAL
from tests.edge.envoy_process import Envoy, running
from tests.edge.patience import patiently
from tests.edge.protocols import Client, Clients
from tests.edge.rpcs import SEND
from tests.faults.deaths import SLOW, text_of
from tests.faults.findings import Findings
from tests.faults.reader import END_SECONDS, Asking, Person, Shown
from tests.faults.system import System, channels_to

QUICK = "scripted-5x0ms"
STALLING = "scripted-20x0ms-stall5"
REPLIES = 100  # whose streams are idle
WAVE = 50
# Heartbeats for ten minutes, and a word in each half minute: a provider that is silent
# for a minute is given up.
IDLE = "scripted-20x30000ms"
IDLE_SECONDS = 900


async def refuse(system: System, runs: int, random: Random) -> Findings:
    """F05: chat answers UNAVAILABLE before the first event, as the store is away."""
    findings, asks = Findings(), 0
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        people = [Person(system, channel) for _ in range(runs)]
        parents = [await person.conversation() for person in people]
        await system.postgres.end(signal.SIGQUIT)
        before = await handled(system)
        refused = [
            person.messages.SendMessage(
                pb.SendMessageRequest(
                    parent=parent, text="Hi", request_id=str(uuid4())
                ),
                metadata=person.me,
            )
            for person, parent in zip(people, parents, strict=True)
        ]
        codes = [(await call.code()).name for call in refused]
        asks = await handled(system) - before
        await system.start_postgres()
        for code, person, parent in zip(codes, people, parents, strict=True):
            findings.add([] if code == "UNAVAILABLE" else [f"{parent}: {code}"])
            shown = Shown(f"Tell me {uuid4()}")
            sending = person.ask(shown, parent, model=QUICK, request_id=str(uuid4()))
            asking = Asking(person, parent, shown, asyncio.create_task(sending))
            findings.violations += await asking.completed(text_of(QUICK), asked=1)
    if asks != runs:
        findings.violations.append(f"{runs} calls reached chat {asks} times")
    findings.figures = [f"{asks / runs:.2f} executions a call"]
    return findings


async def handled(system: System) -> int:
    """Count the SendMessage calls that the replicas of chat have had."""
    # A call counts when it is over, which its caller may know a moment before.
    await until_none_runs(system)
    return await metric(system, "grpc_server_handled_total")


@patiently
async def until_none_runs(system: System) -> None:
    """Wait until chat serves no SendMessage."""
    assert await metric(system, "grpc_server_running") == 0


async def metric(system: System, name: str) -> int:
    """Add up what the replicas of chat say of SendMessage."""
    total = 0
    async with aiohttp.ClientSession() as http:
        for chat in system.chats:
            address = chat.environment["CHAT_METRICS_ADDRESS"]
            async with http.get(f"http://{address}/metrics") as answer:
                lines = (await answer.text()).splitlines()
            total += sum(
                int(float(line.rpartition(" ")[2]))
                for line in lines
                if line.startswith(name) and '"SendMessage"' in line
            )
    return total


@dataclass(frozen=True)
class Mode:
    """A way in which a stream ends, and what its reader has to conclude."""

    name: str
    model: str
    told: str
    strike: Callable[[System, Envoy], Awaitable[None]] | None = None


async def kill_all(system: System, _: Envoy) -> None:
    """Kill chat."""
    await asyncio.gather(*(chat.end() for chat in system.chats))
    await asyncio.gather(*(chat.start() for chat in system.chats))


async def stop_all(system: System, _: Envoy) -> None:
    """Ask chat to end; its replies cannot be written in time."""
    await asyncio.gather(*(chat.end(signal.SIGTERM) for chat in system.chats))
    await asyncio.gather(*(chat.start() for chat in system.chats))


async def kill_edge(_: System, envoy: Envoy) -> None:
    """Kill the edge that this reader called."""
    for child in psutil.Process().children():
        if str(envoy.edge.port) in envoy_config(child):
            child.kill()


def envoy_config(process: psutil.Process) -> str:
    """Return the configuration of an Envoy; nothing for others."""
    command = process.cmdline()
    if "--config-path" not in command:
        return ""
    return Path(command[command.index("--config-path") + 1]).read_text()


MODES = (
    Mode("whole", SLOW, "completed"),
    Mode("the provider breaks off", "scripted-20x0ms-cut5", "failed"),
    Mode("the provider refuses", "scripted-20x0ms-status500", "failed"),
    Mode("the provider sends no JSON", "scripted-20x0ms-malformed5", "failed"),
    Mode("the provider is overloaded", "scripted-20x0ms-status429-retry1", "failed"),
    Mode("chat is killed", STALLING, "cut", kill_all),
    Mode("chat is stopped", STALLING, "cut", stop_all),
    Mode("the edge is killed", STALLING, "cut", kill_edge),
)


async def tell_apart(system: System, runs: int, random: Random) -> Findings:
    """F06: each way to end, in each protocol; a reader can tell whole from cut."""
    findings = Findings()
    modes = [mode for mode in MODES if not mode.strike or runs > 15]
    for mode in modes:
        async with AsyncExitStack() as stack:
            envoy = await stack.enter_async_context(another_edge(system))
            channel = await stack.enter_async_context(
                grpc.aio.insecure_channel(envoy.target)
            )
            calls = [
                asyncio.create_task(
                    told(system, channel, Clients[name](envoy, channel), mode.model)
                )
                for name in Clients
            ]
            if mode.strike:
                await system.upstream.until(all_stalled(system, len(calls)))
                await mode.strike(system, envoy)
            for name, call in zip(Clients, calls, strict=True):
                said = await call
                right = said == mode.told
                findings.add([] if right else [f"{mode.name}, {name}: {said}"])
            if mode.strike:
                await asyncio.gather(*(chat.until_serving() for chat in system.chats))
                system.upstream.release()
                await system.until_known()
                system.upstream.rescript(system.upstream.script)
    findings.figures = [f"{len(modes)} ways to end in {len(Clients)} protocols"]
    return findings


def all_stalled(system: System, calls: int) -> Callable[[], bool]:
    """Say when so many more answers have stalled."""
    counts, before = system.upstream, system.upstream.counts["stalled"]
    return lambda: counts.counts["stalled"] >= before + calls


@asynccontextmanager
async def another_edge(system: System) -> AsyncIterator[Envoy]:
    """Run an edge of its own in front of the same parts."""
    with TemporaryDirectory(prefix="parley-edge-") as folder:
        async with running(system.envoy.edge, Path(folder)) as envoy:
            await envoy.until_keys()
            yield envoy


async def told(
    system: System, channel: grpc.aio.Channel, client: Client, model: str
) -> str:
    """Ask; return how the reply ended, as far as the answer tells."""
    person = Person(system, channel)
    parent = await person.conversation()
    request = pb.SendMessageRequest(parent=parent, text="Hi", model=model)
    try:
        answer = await client.call(SEND, request, token=system.token(person.user))
    except (aiohttp.ClientError, KeyError):  # KeyError: no trailers
        return "cut"
    kind = kind_of(answer.responses[-1]) if answer.responses else ""
    return kind if kind in TERMINAL else "cut"


def kind_of(response: Message) -> str:
    """Name an event."""
    assert isinstance(response, pb.SendMessageResponse)
    return str(response.event.WhichOneof("event"))


async def hold(system: System, runs: int, random: Random) -> Findings:
    """F09: many streams on which hardly more than heartbeats comes."""
    findings, long = Findings(), runs > WAVE * 10
    model, seconds = (IDLE, IDLE_SECONDS) if long else (STALLING, END_SECONDS)
    async with channels_to(system, runs + REPLIES) as channels:
        turns = cycle(channels)
        people = [
            Person(system, next(turns), end_seconds=seconds)
            for _ in range(min(REPLIES, runs))
        ]
        begun = [await person.begin(model=model) for person in people]
        for asking in begun:
            await asking.shown.until(1)
        before = memory(system)
        streams = [
            Shown(asking.shown.said, name=asking.shown.name)
            for _ in range(runs // len(begun))
            for asking in begun
        ]
        tasks = []
        for number, shown in enumerate(streams):
            asking = begun[number % len(begun)]
            person = Person(system, next(turns), asking.person.user, seconds)
            reading = person.ask(shown, asking.parent, model="", request_id="")
            tasks.append(asyncio.create_task(reading))
            if number % WAVE == WAVE - 1:
                wave = streams[number + 1 - WAVE : number + 1]
                await asyncio.gather(*(each.until(1) for each in wave))
        await asyncio.gather(*(shown.until(1) for shown in streams))
        used = (memory(system) - before) / len(streams) / 1024
        system.upstream.release()
        await asyncio.gather(*tasks)
        whole = text_of("scripted-20x0ms")
        for asking in begun:
            findings.violations += await asking.checked(whole, asked=1)
        for shown in streams:
            if shown.text != whole or shown.cuts:
                shown.note(f"cut {shown.cuts} times")
            findings.add(shown.violations)
        system.upstream.rescript(system.upstream.script)
    findings.figures = [f"{used:.1f} KiB a stream at the edge and chat"]
    return findings


def memory(system: System) -> int:
    """Add up what the edge and chat use."""
    edge = [
        child
        for child in psutil.Process().children()
        if str(system.envoy.edge.port) in envoy_config(child)
    ]
    chats = [psutil.Process(chat.pid) for chat in system.chats]
    return sum(process.memory_full_info().pss for process in (*edge, *chats))
