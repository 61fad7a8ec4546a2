"""New certificates and new policies while people work: nobody notices."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.kinds.routes import VirtualService
from deploy.mesh.resources import Mesh
from deploy.mesh.table.played import Call
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.edge.patience import until
from tests.mesh.calling import CALLS, as_caller, status, token_of
from tests.mesh.editing import Policy, replaced

OK = grpc.StatusCode.OK
DENIED = grpc.StatusCode.PERMISSION_DENIED
GET = "/parley.chat.v1.ConversationService/GetConversation"
CREATE = "/parley.chat.v1.ConversationService/CreateConversation"
SEND = "/parley.chat.v1.MessageService/SendMessage"
BEAT = 0.02
PAUSE = 0.3
# Connections end after so many calls, so that many are made with each certificate.
SHORT = replaced("/spec/trafficPolicy/connectionPool/http/maxRequestsPerConnection", 20)
HANDSHAKES = "listener.127.0.0.1_{port}.ssl.handshake"


class Stream:
    """One long answer as the edge sees it, numbered so that no gap goes unnoticed."""

    def __init__(self, stage: Stage, signers: Mapping[str, Signer]) -> None:
        self._stage = stage
        self._headers = tuple(token_of("parley", signers).items())
        self.ended = asyncio.Event()

    async def play(self, call: Call, context: Any) -> AsyncIterator[bytes]:
        """Write until it is ended; answer everything else at once."""
        number = 0
        while call.method == SEND and not self.ended.is_set():
            number += 1
            yield number.to_bytes(4, "big")
            await asyncio.sleep(BEAT)
        if call.method != SEND:
            yield b""

    async def read(self) -> tuple[grpc.StatusCode, list[int]]:
        """Follow it to its end."""
        found = []
        async with grpc.aio.insecure_channel(
            self._stage.way("edge", "chat")
        ) as channel:
            method: Any = channel.unary_stream(SEND)
            call = method(b"", metadata=self._headers)
            try:
                async for message in call:
                    found.append(int.from_bytes(message, "big"))
            except grpc.aio.AioRpcError as error:
                return error.code(), found
        return OK, found


async def work(
    stage: Stage, signers: Mapping[str, Signer], method: str
) -> Counter[grpc.StatusCode]:
    """Call as the edge does, again and again."""
    headers = token_of("parley", signers)
    async with grpc.aio.insecure_channel(stage.way("edge", "chat")) as channel:
        codes = [await status(channel, method, headers) for _ in range(CALLS // 2)]
    return Counter(codes)


async def under_load(
    stage: Stage, signers: Mapping[str, Signer], change: Any
) -> tuple[Counter[grpc.StatusCode], grpc.StatusCode, list[int]]:
    """Have calls and one long stream going on while something changes all the time."""
    stream = Stream(stage, signers)
    stage.played["chat"].play = stream.play
    reading = asyncio.create_task(stream.read())
    changing = asyncio.create_task(change)
    works = [work(stage, signers, each) for each in (GET, CREATE)]
    both = await asyncio.gather(*works)
    changing.cancel()
    await asyncio.gather(changing, return_exceptions=True)
    stream.ended.set()
    ended, numbers = await reading
    return both[0] + both[1], ended, numbers


async def test_certificates_change_under_load_and_nobody_notices(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, edits=[("DestinationRule", "of-chat", [SHORT])])
    async with standing(
        folder,
        policy.mesh(),
        keys=[signers["parley"].jwk],
        bench={"interval": timedelta(milliseconds=100)},
    ) as stage:
        ended, last, numbers = await under_load(stage, signers, asyncio.sleep(60))

        assert ended == {OK: CALLS}
        assert (last, numbers) == (OK, [*range(1, len(numbers) + 1)])
        # The stream outlived many certificates, and many connections were made.
        assert stage.bench.agents["chat"].version > 10
        assert len(numbers) * BEAT > 10 * 0.1
        port = stage.door("chat").rpartition(":")[2]
        chat = stage.bench.admin("chat")
        assert await chat.stat(HANDSHAKES.format(port=port)) > 50


async def test_policies_change_under_load_and_nobody_notices(
    written: Policy, signers: Mapping[str, Signer], folder: Path
):
    """Each change is one of access, of routes, and of clusters."""
    policies = [written.mesh(), changed(signers).mesh()]
    async with standing(folder, policies[0], keys=[signers["parley"].jwk]) as stage:
        pushed = 0

        async def push() -> None:
            nonlocal pushed
            while True:
                pushed += 1
                await stage.bench.push(policies[pushed % 2])
                await asyncio.sleep(PAUSE)

        ended, last, numbers = await under_load(stage, signers, push())

        assert ended == {OK: CALLS}
        assert (last, numbers) == (OK, [*range(1, len(numbers) + 1)])
        assert pushed > 5
        updates = await stage.bench.admin("chat").stat(
            "listener_manager.lds.update_success"
        )
        assert updates > 5


def changed(signers: Mapping[str, Signer]) -> Policy:
    """Another policy, which lets the edge do the same."""
    return Policy(
        signers,
        edits=[
            (
                "AuthorizationPolicy",
                "deny-by-default",
                [replaced("/spec/action", "ALLOW")],
            ),
            (
                "AuthorizationPolicy",
                "auth-may-erase-in-chat",
                [{"op": "remove", "path": "/spec/rules/0"}],
            ),
            ("VirtualService", "to-chat", [replaced("/spec/http/3/timeout", "20s")]),
            (
                "DestinationRule",
                "of-chat",
                [
                    replaced(
                        "/spec/trafficPolicy/connectionPool/http/http2MaxRequests",
                        10_000,
                    )
                ],
            ),
        ],
    )


async def test_a_change_of_policy_holds_for_whoever_connects_after_it(
    written: Policy, signers: Mapping[str, Signer], folder: Path
):
    async def erases(stage: Stage) -> grpc.StatusCode:
        name = spiffe_id("parley", "auth")
        identity = stage.bench.authority.issue(name, timedelta(hours=1))
        method = "/parley.chat.v1.ErasureService/EraseUserData"
        async with as_caller(stage, "chat", identity) as channel:
            return await status(channel, method, token_of("parley", signers))

    before, after = written.mesh(), changed(signers).mesh()
    async with standing(folder, before, keys=[signers["parley"].jwk]) as stage:
        found = [await erases(stage)]
        await stage.bench.push(after)
        found.append(await erases(stage))
        await stage.bench.push(before)
        found.append(await erases(stage))

    assert found == [OK, DENIED, OK]


@pytest.mark.parametrize("drain", ["1s", "1860s"])
async def test_a_stream_goes_on_after_a_change_as_long_as_listeners_drain(
    drain: str, signers: Mapping[str, Signer], folder: Path
):
    """By default that is 45 seconds; what is written is the longest stream's time."""
    draining = {"defaultConfig": {"drainDuration": drain}}
    before = Policy(signers, values=draining).mesh()
    after = replace(changed(signers), values=draining).mesh()
    async with standing(folder, before, keys=[signers["parley"].jwk]) as stage:
        stream = Stream(stage, signers)
        stage.played["chat"].play = stream.play
        reading = asyncio.create_task(stream.read())
        await until(lambda: stage.played["chat"].count(SEND))
        await stage.bench.push(after)
        # More than a second after the change; a stream that was cut has ended.
        await asyncio.wait({reading}, timeout=2)
        cut = reading.done()
        stream.ended.set()
        await reading

    assert cut == (drain == "1s")


def test_listeners_drain_as_long_as_the_longest_stream(policy: Mesh):
    longest = max(
        route.timeout
        for service in policy.of(VirtualService)
        for route in service.spec.http
        if route.timeout
    )

    assert policy.values.mesh_config.default_config.drain_duration >= longest
