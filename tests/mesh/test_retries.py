"""What the mesh asks again, counted at the service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc
import pytest

from deploy.mesh.files import private
from deploy.mesh.parley import SERVICES
from deploy.mesh.resources import Mesh
from deploy.mesh.table.played import Call, one_answer
from deploy.mesh.table.relays import Relay
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.mesh.calling import status, token_of
from tests.mesh.wires import wired

FAILURES = [code for code in grpc.StatusCode if code != grpc.StatusCode.OK]
# What costs: a model is asked.
BILLS = {
    "/parley.llm.v1.GenerationService/Generate": ("chat", "llm", "parley-chat"),
    "/parley.llm.v1.ImageService/GenerateImages": ("edge", "llm", "parley"),
    "/parley.llm.v1.SpeechService/SynthesizeSpeech": ("edge", "llm", "parley"),
    "/parley.llm.v1.SpeechService/TranscribeSpeech": ("edge", "llm", "parley"),
    "/parley.llm.v1.EmbeddingService/EmbedTexts": ("edge", "llm", "parley"),
    "/parley.chat.v1.MessageService/SendMessage": ("edge", "chat", "parley"),
    "/parley.chat.v1.MessageService/RegenerateReply": ("edge", "chat", "parley"),
    "/parley.chat.v1.MessageService/ContinueReply": ("edge", "chat", "parley"),
    "/parley.chat.v1.MessageService/EditMessage": ("edge", "chat", "parley"),
}
# What changes something.
CHANGES = {
    "/parley.chat.v1.ConversationService/CreateConversation": (
        "edge",
        "chat",
        "parley",
    ),
    "/parley.chat.v1.TransferService/RunImport": ("edge", "chat", "parley"),
    "/parley.chat.v1.HoldService/CreateHold": ("llm", "chat", "parley-llm"),
    "/parley.auth.v1.AccountService/DeleteUser": ("edge", "auth", "parley"),
    "/parley.llm.v1.DocumentService/UploadDocument": ("edge", "llm", "parley"),
}
# What only reads.
READS = {
    "/parley.chat.v1.ConversationService/GetConversation": ("edge", "chat", "parley"),
    "/parley.chat.v1.MessageService/ResumeReply": ("edge", "chat", "parley"),
    "/parley.llm.v1.GenerationService/ListModels": ("chat", "llm", "parley-chat"),
    "/parley.auth.v1.AccountService/GetUser": ("edge", "auth", "parley"),
}
BEHIND = "service.sock"
METHODS = {**BILLS, **CHANGES, **READS}


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
    return wired_stage


async def ask(
    stage: Stage, method: str, signers: Mapping[str, Signer]
) -> grpc.StatusCode:
    """Call a method as its caller does: through the sidecars of both."""
    caller, called, issuer = METHODS[method]
    stage.played[called].calls.clear()
    async with grpc.aio.insecure_channel(stage.way(caller, called)) as channel:
        return await status(channel, method, token_of(issuer, signers))


@pytest.mark.parametrize("method", METHODS)
async def test_what_fails_before_it_answers_runs_again_only_if_it_reads(
    method: str, mesh: Wired, signers: Mapping[str, Signer]
):
    played = mesh.stage.played[METHODS[method][1]]
    found = {}
    for failure in FAILURES:

        async def fail(
            call: Call, context: Any, failure: grpc.StatusCode = failure
        ) -> AsyncIterator[bytes]:
            await context.abort(failure)
            yield b""

        played.play = fail
        ended = await ask(mesh.stage, method, signers)
        found[failure.name] = ended, played.count(method)

    again = grpc.StatusCode.UNAVAILABLE if method in READS else None
    assert found == {
        failure.name: (failure, 3 if failure == again else 1) for failure in FAILURES
    }


@pytest.mark.parametrize("method", METHODS)
async def test_what_fails_after_it_began_to_answer_runs_once(
    method: str, mesh: Wired, signers: Mapping[str, Signer]
):
    played = mesh.stage.played[METHODS[method][1]]

    async def begin(call: Call, context: Any) -> AsyncIterator[bytes]:
        await context.send_initial_metadata(())
        await asyncio.sleep(0)
        await context.abort(grpc.StatusCode.UNAVAILABLE)
        yield b""

    played.play = begin

    await ask(mesh.stage, method, signers)

    assert played.count(method) == 1


@pytest.mark.parametrize("method", [*BILLS, *CHANGES])
async def test_a_service_that_dies_while_it_works_is_not_asked_again(
    method: str, mesh: Wired, signers: Mapping[str, Signer]
):
    called = METHODS[method][1]
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
    called = METHODS[method][1]
    played = mesh.stage.played[called]

    async def die_twice(call: Call, context: Any) -> AsyncIterator[bytes]:
        if call.method == method and played.count(method) < 3:
            mesh.wires[called].cut()
        yield b""

    played.play = die_twice

    ended = await ask(mesh.stage, method, signers)

    assert (ended, played.count(method)) == (grpc.StatusCode.OK, 3)
