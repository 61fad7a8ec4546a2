"""What the mesh asks again, counted at the service."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc
import pytest

from deploy.mesh.files import private
from deploy.mesh.parley import CALLS, SERVICES
from deploy.mesh.resources import Mesh
from deploy.mesh.rpcs import Rpc, rpcs
from deploy.mesh.table.calls import carried
from deploy.mesh.table.expected import CARRIES, NO_TOKEN
from deploy.mesh.table.played import KEYS, Call, Played, one_answer
from deploy.mesh.table.relays import Relay
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.mesh.calling import status
from tests.mesh.wires import wired

FAILURES = [code for code in grpc.StatusCode if code != grpc.StatusCode.OK]
BEHIND = "service.sock"
FAILURE = "x-failure"
SEND = "/parley.chat.v1.MessageService/SendMessage"
# All that a service calls of another; the played auth does not count who asks for keys.
METHODS = {path: rpc for path, rpc in rpcs().items() if path != KEYS}
READS = [path for path, rpc in METHODS.items() if rpc.reads]
OTHERS = [path for path, rpc in METHODS.items() if not rpc.reads]


@dataclass(frozen=True)
class Wired:
    """A mesh whose services are behind wires."""

    stage: Stage
    wires: Mapping[str, Relay]


@pytest.fixture(scope="module")
async def wired_stage(
    policy: Mesh, signers: Mapping[str, Signer]
) -> AsyncIterator[Wired]:
    """Run it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="parley-")))
        wires = {}
        for name in SERVICES:
            own = private(folder / name)
            wire = wired(own / "app.sock", own / BEHIND)
            wires[name] = await stack.enter_async_context(wire)
        running = standing(
            folder, policy, keys=[signers["parley"].jwk], socket_name=BEHIND
        )
        yield Wired(await stack.enter_async_context(running), wires)


@pytest.fixture
def mesh(wired_stage: Wired) -> Wired:
    """The same, with services that answer."""
    for played in wired_stage.stage.played.values():
        played.play = one_answer
        played.calls.clear()
    return wired_stage


def caller_of(rpc: Rpc) -> str:
    """Name one who calls a method."""
    return min(each for each in rpc.callers if rpc.part in CALLS[each])


async def ask(
    stage: Stage, method: str, signers: Mapping[str, Signer], **headers: str
) -> grpc.StatusCode:
    """Call a method as its caller does: through the sidecars of both."""
    rpc = METHODS[method]
    caller = caller_of(rpc)
    token = carried(CARRIES[caller] if rpc.needs_token else NO_TOKEN, signers)
    async with grpc.aio.insecure_channel(stage.way(caller, rpc.part)) as channel:
        return await status(channel, method, {**dict(token), **headers})


async def fail(call: Call, context: Any) -> AsyncIterator[bytes]:
    """Fail as the call asks for."""
    if failure := call.headers.get(FAILURE):
        await context.abort(grpc.StatusCode[failure])
    yield b""


def failed(played: Played, method: str) -> Counter[str]:
    """Count how often a method failed in each way."""
    return Counter(
        call.headers[FAILURE] for call in played.calls if call.method == method
    )


@pytest.mark.parametrize("method", METHODS)
async def test_what_fails_before_it_answers_runs_again_only_if_it_reads(
    method: str, mesh: Wired, signers: Mapping[str, Signer]
):
    rpc = METHODS[method]
    played = mesh.stage.played[rpc.part]
    played.play = fail

    found = await asyncio.gather(
        *(
            ask(mesh.stage, method, signers, **{FAILURE: failure.name})
            for failure in FAILURES
        )
    )

    again = {"UNAVAILABLE"} if rpc.reads else set()
    assert found == FAILURES
    assert failed(played, method) == {
        each.name: 3 if each.name in again else 1 for each in FAILURES
    }


async def test_a_generation_that_fails_runs_once_through_every_proxy(
    mesh: Wired, signers: Mapping[str, Signer]
):
    """From outside: the ingress gateway, the edge, and the sidecars of both."""
    played = mesh.stage.played["chat"]
    played.play = fail
    _, _, port = mesh.stage.instance("ingress").plain[443].rpartition(":")
    token = dict(carried("user", signers))
    async with grpc.aio.insecure_channel(f"localhost:{port}") as channel:
        found = [
            await status(channel, SEND, {**token, FAILURE: failure.name})
            for failure in FAILURES
        ]

    assert found == FAILURES
    assert failed(played, SEND) == {failure.name: 1 for failure in FAILURES}


@pytest.mark.parametrize("method", METHODS)
async def test_what_fails_after_it_began_to_answer_runs_once(
    method: str, mesh: Wired, signers: Mapping[str, Signer]
):
    played = mesh.stage.played[METHODS[method].part]

    async def begin(call: Call, context: Any) -> AsyncIterator[bytes]:
        await context.send_initial_metadata(())
        await asyncio.sleep(0)
        await context.abort(grpc.StatusCode.UNAVAILABLE)
        yield b""

    played.play = begin

    await ask(mesh.stage, method, signers)

    assert played.count(method) == 1


@pytest.mark.parametrize("method", OTHERS)
async def test_a_service_that_dies_while_it_works_is_not_asked_again(
    method: str, mesh: Wired, signers: Mapping[str, Signer]
):
    called = METHODS[method].part
    played = mesh.stage.played[called]

    async def die(call: Call, context: Any) -> AsyncIterator[bytes]:
        if call.method == method:  # and not when the edge asks whether it is well
            mesh.wires[called].cut()
            await context.abort(grpc.StatusCode.INTERNAL)  # which nobody hears
        yield b""

    played.play = die

    ended = await ask(mesh.stage, method, signers)

    assert (ended, played.count(method)) == (grpc.StatusCode.UNAVAILABLE, 1)


@pytest.mark.parametrize("method", READS)
async def test_a_service_that_dies_while_it_reads_is_asked_again(
    method: str, mesh: Wired, signers: Mapping[str, Signer]
):
    called = METHODS[method].part
    played = mesh.stage.played[called]

    async def die_twice(call: Call, context: Any) -> AsyncIterator[bytes]:
        if call.method == method and played.count(method) < 3:
            mesh.wires[called].cut()
        yield b""

    played.play = die_twice

    ended = await ask(mesh.stage, method, signers)

    assert (ended, played.count(method)) == (grpc.StatusCode.OK, 3)
