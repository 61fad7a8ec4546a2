"""What one hop through the mesh costs: two sidecars and mutual TLS, or neither."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
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
# As long as an event with a token is, and an answer with a conversation.
EVENT, ANSWER = bytes(60), bytes(600)
TOKENS, READERS, PACE = 200, 16, 0.02
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

    clock: defaultdict[str, list[float]]
    cpu: list[float]


async def mesh(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Measure the same calls with and without the mesh, in turn."""
    rounds, calls = (2, 200) if quick else (7, 2_000)
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
            replies = calls // 20
            of = f"{rounds} rounds of {replies} replies of {TOKENS} tokens"
            tell("mesh: tokens in bursts")
            costs = await streamed(ways, BURST, token, rounds, replies)
            for each in figures("a streamed token, in bursts", costs, of):
                yield each
            tell("mesh: tokens as models write")
            costs = await streamed(ways, PACED, token, max(1, rounds // 3), READERS)
            of = f"{max(1, rounds // 3)} rounds of {READERS} replies of {TOKENS} tokens"
            for each in figures("a streamed token, as models write", costs, of)[-1:]:
                yield each


BURST, PACED = "burst", "paced"


async def play(call: Call, context: Any) -> AsyncIterator[bytes]:
    """Write a reply, or answer."""
    if call.method != REPLY:
        yield ANSWER
        return
    for _ in range(TOKENS):
        yield EVENT
        if call.headers.get("x-pace") == PACED:
            await asyncio.sleep(PACE)


async def unary(
    ways: Ways, method: str, headers: Headers, rounds: int, calls: int
) -> Costs:
    """Call one after the other."""
    costs = Costs(defaultdict(list), [])
    for number in range(rounds + 1):
        for how in HOWS:
            call: Any = ways.channels[how].unary_unary(method)
            used, times = ways.cpu_seconds(), []
            for _ in range(calls):
                began = perf_counter()
                await call(b"", metadata=headers)
                times.append(perf_counter() - began)
            spent = (ways.cpu_seconds() - used) / calls
            if number:  # the first warms up
                costs.clock[how].append(median(times))
                if how == "with":
                    costs.cpu.append(spent)
    return costs


async def streamed(
    ways: Ways, pace: str, headers: Headers, rounds: int, replies: int
) -> Costs:
    """Read replies, several at once."""
    costs = Costs(defaultdict(list), [])
    carrying = (*headers, ("x-pace", pace))
    for number in range(rounds + 1):
        for how in HOWS:
            call: Any = ways.channels[how].unary_stream(REPLY)
            left = iter(range(replies))

            async def reader(call: Any = call, left: Any = left) -> None:
                for _ in left:
                    found = [event async for event in call(b"", metadata=carrying)]
                    if len(found) != TOKENS:
                        raise RuntimeError(f"{len(found)} of {TOKENS} tokens came")

            used, began = ways.cpu_seconds(), perf_counter()
            await asyncio.gather(*(reader() for _ in range(READERS)))
            seconds = perf_counter() - began
            spent = ways.cpu_seconds() - used
            if number:
                costs.clock[how].append(seconds / replies / TOKENS)
                if how == "with":
                    costs.cpu.append(spent / replies / TOKENS)
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
