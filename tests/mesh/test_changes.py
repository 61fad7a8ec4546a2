"""New certificates and new policies while people work: nobody notices."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from deploy.mesh.cluster import Locality, spiffe_id
from deploy.mesh.kinds.routes import VirtualService
from deploy.mesh.resources import Mesh
from deploy.mesh.table.played import Call
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.edge.patience import patiently, until
from tests.mesh.calling import CALLS, as_caller, status, token_of
from tests.mesh.editing import Policy, replaced

OK = grpc.StatusCode.OK
DENIED = grpc.StatusCode.PERMISSION_DENIED
GET = "/parley.chat.v1.ConversationService/GetConversation"
CREATE = "/parley.chat.v1.ConversationService/CreateConversation"
SEND = "/parley.chat.v1.MessageService/SendMessage"
CHAT = "outbound|50052||chat.parley.svc.cluster.local"
TRACKS = [{"name": each, "labels": {"track": each}} for each in ("stable", "canary")]
# Longer than any of it takes, unless something hangs.
MOST_SECONDS = max(90, CALLS / 50)
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
        self.found: list[int] = []
        for name, played in stage.played.items():
            if name.startswith("chat"):
                played.play = self.play

    async def play(self, call: Call, context: Any) -> AsyncIterator[bytes]:
        """Write until it is ended; answer everything else at once."""
        number = 0
        while call.method == SEND and not self.ended.is_set():
            number += 1
            yield number.to_bytes(4, "big")
            await asyncio.sleep(BEAT)
        if call.method != SEND:
            yield b""

    async def read(self) -> grpc.StatusCode:
        """Follow it to its end."""
        async with grpc.aio.insecure_channel(
            self._stage.way("edge", "chat")
        ) as channel:
            method: Any = channel.unary_stream(SEND)
            call = method(b"", metadata=self._headers)
            try:
                async for message in call:
                    self.found.append(int.from_bytes(message, "big"))
            except grpc.aio.AioRpcError as error:
                return error.code()
        return OK


@dataclass
class Load:
    """Calls as the edge makes them, and one long stream, while something changes."""

    stage: Stage
    signers: Mapping[str, Signer]
    calls: Counter[grpc.StatusCode] = field(default_factory=Counter)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, method: str) -> None:
        """Call again and again, until enough changed, and often enough."""
        headers = token_of("parley", self.signers)
        way = self.stage.way("edge", "chat")
        async with grpc.aio.insecure_channel(way) as channel:
            while not self.done.is_set() or self.calls.total() < CALLS:
                self.calls[await status(channel, method, headers)] += 1

    async def under(self, change: Awaitable[None]) -> None:
        """Have it going on while something changes; nothing of it may fail."""
        stream = Stream(self.stage, self.signers)
        async with asyncio.timeout(MOST_SECONDS), asyncio.TaskGroup() as group:
            reading = group.create_task(stream.read())
            works = [group.create_task(self.work(each)) for each in (GET, CREATE)]
            await change
            self.done.set()
            await asyncio.wait(works)
            stream.ended.set()
        assert set(self.calls) == {OK}
        assert self.calls.total() >= CALLS
        assert reading.result() == OK
        assert stream.found == [*range(1, len(stream.found) + 1)]


async def test_certificates_change_under_load_and_nobody_notices(
    signers: Mapping[str, Signer], folder: Path
):
    """Each sidecar took more than ten, and many connections were made with them."""
    policy = Policy(signers, edits=[("DestinationRule", "of-chat", [SHORT])])
    async with standing(
        folder,
        policy.mesh(),
        keys=[signers["parley"].jwk],
        bench={"interval": timedelta(milliseconds=100)},
    ) as stage:
        port = stage.door("chat").rpartition(":")[2]
        taken = {
            "chat": f"listener.127.0.0.1_{port}.server_ssl_socket_factory",
            "edge": f"cluster.{CHAT}.client_ssl_socket_factory",
        }

        @patiently
        async def often() -> None:
            for name, where in taken.items():
                figure = f"{where}.ssl_context_update_by_sds"
                assert await stage.bench.admin(name).stat(figure) > 10

        await Load(stage, signers).under(often())

        chat = stage.bench.admin("chat")
        assert await chat.stat(HANDSHAKES.format(port=port)) > 50


async def test_policies_change_under_load_and_nobody_notices(
    written: Policy, signers: Mapping[str, Signer], folder: Path
):
    """
    Changes of access, of routes, and of clusters; a canary comes, and goes.

    It has to be known before it is called, and called no more before it goes: so say
    Istio's best practices too.
    """
    known = [("DestinationRule", "of-chat", [replaced("/spec/subsets", TRACKS)])]
    turns = [
        changed(signers).mesh(),
        written.mesh(),
        Policy(signers, edits=known).mesh(),
        Policy(signers, components=["canary-chat"]).mesh(),
        Policy(signers, edits=known).mesh(),
        written.mesh(),
    ]
    tracks = {
        "chat": ({"track": "stable"}, Locality()),
        "chat-canary": ({"track": "canary"}, Locality()),
    }
    async with standing(
        folder,
        written.mesh(),
        keys=[signers["parley"].jwk],
        instances={"chat": tracks},
    ) as stage:

        async def push() -> None:
            for mesh in (*turns, *turns):
                await stage.bench.push(mesh)
                await asyncio.sleep(PAUSE)

        await Load(stage, signers).under(push())

        updates = await stage.bench.admin("chat").stat(
            "listener_manager.lds.update_success"
        )
        assert updates > 3


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
        reading = asyncio.create_task(stream.read())
        await until(lambda: stage.played["chat"].count(SEND))
        await stage.bench.push(after)
        if drain == "1s":
            await asyncio.wait({reading}, timeout=20)
        else:  # two seconds more, at least
            later = len(stream.found) + 2 / BEAT
            await until(lambda: len(stream.found) > later)
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
