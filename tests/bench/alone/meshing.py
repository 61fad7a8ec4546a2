"""What one hop through the mesh costs: two sidecars and mutual TLS, or neither."""

import asyncio
import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import grpc
import psutil

from deploy.mesh.files import read_policy
from deploy.mesh.table.calls import carried
from deploy.mesh.table.expected import NO_TOKEN
from deploy.mesh.table.played import Call
from deploy.mesh.table.signing import new_signers
from deploy.mesh.table.standing import Stage, standing
from tests.bench.results import Figure
from tests.bench.rounds import Tell

CALL = "/parley.chat.v1.ConversationService/GetConversation"
OPEN = "/parley.chat.v1.ShareService/GetSharedConversation"
REPLY = "/parley.chat.v1.MessageService/SendMessage"
SIDECARS = ("edge", "chat")
# As long as an answer with a conversation is, and an event with a token: the moment at
# which it is written, and what fills it up.
ANSWER = bytes(600)
EVENT = struct.Struct("d52x")
TOKENS, READERS, PACE = 200, 16, 0.02
BURST, PACED = "burst", "paced"
HOWS = ("without", "with")
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Ways:
    """A chat that is played, reached past its sidecar and through both."""

    stage: Stage
    channels: Mapping[str, grpc.aio.Channel]

    def cpu_seconds(self) -> float:
        """Return the time that both sidecars have used."""
        processes = self.stage.bench.processes
        times = [psutil.Process(processes[name].pid).cpu_times() for name in SIDECARS]
        return sum(each.user + each.system for each in times)


@dataclass
class Costs:
    """Seconds for one call or token: on the clock, and of the sidecars' CPUs."""

    clock: defaultdict[str, list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    cpu: list[float] = field(default_factory=list)

    def add(self, how: str, seconds: Sequence[float], cpu: float) -> None:
        """Add a round: its median, and what the sidecars used for each of it."""
        self.clock[how].append(median(seconds))
        if how == "with":
            self.cpu.append(cpu / len(seconds))


async def mesh(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Measure the same calls with and without the mesh, in turn."""
    rounds, calls = (2, 200) if quick else (6, 2_000)
    signers = new_signers()
    keys = {issuer: signer.key_set for issuer, signer in signers.items()}
    token = carried("user", signers)
    with TemporaryDirectory(prefix="parley-") as folder:
        users = [signers["parley"].jwk]
        async with (
            standing(Path(folder), read_policy(keys=keys), keys=users) as stage,
            grpc.aio.insecure_channel(
                f"unix:{stage.bench.at('chat')}/app.sock"
            ) as past,
            grpc.aio.insecure_channel(stage.way("edge", "chat")) as through,
        ):
            stage.played["chat"].play = play
            ways = Ways(stage, {"without": past, "with": through})
            of = f"{rounds} rounds of {calls:,} calls"
            for title, method, headers in (
                ("a unary call without a token", OPEN, carried(NO_TOKEN, signers)),
                ("a unary call with a token, which is verified", CALL, token),
            ):
                tell(f"mesh: {title}")
                costs = await unary(ways, method, headers, rounds, calls)
                for each in figures(title, costs, of):
                    yield each
            of = f"{rounds} rounds of {READERS} replies of {TOKENS} tokens"
            tell("mesh: tokens as models write")
            costs = await streamed(ways, PACED, token, rounds, READERS)
            title = "a streamed token, as models write, from when it is written"
            for each in figures(title, costs, of):
                yield each
            replies = calls // 20
            of = f"{rounds} rounds of {replies} replies of {TOKENS} tokens"
            tell("mesh: tokens in bursts")
            costs = await streamed(ways, BURST, token, rounds, replies)
            # On the clock, whoever reads a burst is what takes the time.
            yield figures("a streamed token, in bursts", costs, of)[-1]


async def play(call: Call, context: Any) -> AsyncIterator[bytes]:
    """Write a reply, each event with the moment of its writing; or answer."""
    if call.method != REPLY:
        yield ANSWER
        return
    for _ in range(TOKENS):
        yield EVENT.pack(perf_counter())
        if call.headers.get("x-pace") == PACED:
            await asyncio.sleep(PACE)


def turns(rounds: int) -> list[tuple[str, bool]]:
    """Take turns, each way first as often as the other; the first two warm up."""
    found = []
    for number in range(rounds + 1):
        order = HOWS if number % 2 else HOWS[::-1]
        found += [(how, number > 0) for how in order]
    return found


async def unary(
    ways: Ways, method: str, headers: Headers, rounds: int, calls: int
) -> Costs:
    """Call one after the other."""
    costs = Costs()
    for how, counts in turns(rounds):
        call: Any = ways.channels[how].unary_unary(method)
        used, times = ways.cpu_seconds(), []
        for _ in range(calls):
            began = perf_counter()
            await call(b"", metadata=headers)
            times.append(perf_counter() - began)
        if counts:
            costs.add(how, times, ways.cpu_seconds() - used)
    return costs


async def streamed(
    ways: Ways, pace: str, headers: Headers, rounds: int, replies: int
) -> Costs:
    """Read replies, several at once: how long each token was on its way."""
    costs = Costs()
    carrying = (*headers, ("x-pace", pace))
    for how, counts in turns(rounds):
        call: Any = ways.channels[how].unary_stream(REPLY)
        left, times = iter(range(replies)), list[float]()

        async def reader(
            call: Any = call, left: Any = left, times: list[float] = times
        ) -> None:
            for _ in left:
                async for event in call(b"", metadata=carrying):
                    (written,) = EVENT.unpack(event)
                    times.append(perf_counter() - written)

        used = ways.cpu_seconds()
        await asyncio.gather(*(reader() for _ in range(READERS)))
        if len(times) != replies * TOKENS:
            raise RuntimeError(f"{len(times)} of {replies * TOKENS} tokens came")
        if counts:
            costs.add(how, times, ways.cpu_seconds() - used)
    return costs


def figures(what: str, costs: Costs, of: str) -> list[Figure]:
    """Say what one costs on the clock, with and without, and what sidecars use."""

    def figure(at: str, seconds: float) -> Figure:
        value = seconds * 1e6
        return Figure(kind="mesh", what=what, at=at, value=value, unit="µs", of=of)

    more = [b - a for a, b in zip(*(costs.clock[how] for how in HOWS), strict=True)]
    return [
        *(figure(f"{how} the mesh", median(costs.clock[how])) for how in HOWS),
        figure("more with it", median(more)),
        figure("CPU time of both sidecars", median(costs.cpu)),
    ]
