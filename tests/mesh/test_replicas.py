"""How much goes to a service at once, and to which replica."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from deploy.mesh.cluster import Locality
from deploy.mesh.parley import ANYWHERE, Standing
from deploy.mesh.table.played import Call
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.edge.patience import patiently
from tests.mesh.calling import noticed, status, still_edge, token_of
from tests.mesh.editing import Policy, replaced

OK = grpc.StatusCode.OK
REFUSED = grpc.StatusCode.UNAVAILABLE
GET = "/parley.chat.v1.ConversationService/GetConversation"
CREATE = "/parley.chat.v1.ConversationService/CreateConversation"
SEND = "/parley.chat.v1.MessageService/SendMessage"
GENERATE = "/parley.llm.v1.GenerationService/Generate"
CHAT = "outbound|50052||chat.parley.svc.cluster.local"
TWO: Mapping[str, Standing] = {"chat-1": ANYWHERE, "chat-2": ANYWHERE}
HERE, THERE = Locality("north", "north-a"), Locality("south", "south-a")
TWO_REGIONS: Mapping[str, Mapping[str, Standing]] = {
    "edge": {"edge": ({}, HERE)},
    "chat": {"chat-1": ({}, HERE), "chat-2": ({}, THERE)},
}
# Sooner than what is written, so that tests need not wait.
SOON = [
    replaced("/spec/trafficPolicy/outlierDetection/interval", "100ms"),
    replaced("/spec/trafficPolicy/outlierDetection/baseEjectionTime", "300ms"),
]
# And so late that it is not let in again while calls are counted.
LATER = [
    SOON[0],
    replaced("/spec/trafficPolicy/outlierDetection/baseEjectionTime", "10s"),
]


async def test_a_breaker_opens_at_its_limit_and_closes_again(
    written: Policy, signers: Mapping[str, Signer], folder: Path
):
    limit = replaced("/spec/trafficPolicy/connectionPool/http/http2MaxRequests", 3)
    policy = Policy(signers, edits=[("DestinationRule", "of-llm", [limit])])
    keys = [signers["parley"].jwk]
    async with standing(folder, policy.mesh(), keys=keys) as stage:
        held = asyncio.Event()

        async def hold(call: Call, context: Any) -> AsyncIterator[bytes]:
            yield b""
            await held.wait()

        stage.played["llm"].play = hold
        headers = tuple(token_of("parley-chat", signers).items())
        async with grpc.aio.insecure_channel(stage.way("chat", "llm")) as channel:
            method: Any = channel.unary_stream(GENERATE)
            live = [method(b"", metadata=headers) for _ in range(3)]
            for stream in live:
                assert await stream.read() == b""

            refused = await status(channel, GENERATE, dict(headers))
            held.set()
            for stream in live:
                assert await stream.read() == grpc.aio.EOF
            taken = await status(channel, GENERATE, dict(headers))

        assert (refused, taken) == (REFUSED, OK)
        assert stage.played["llm"].count(GENERATE) == 4


async def test_many_who_are_the_first_to_need_the_keys_of_tokens_all_get_them(
    written: Policy, signers: Mapping[str, Signer], folder: Path
):
    """A connection to the edge carries so many streams as it takes, and no more."""
    async with standing(folder, written.mesh(), keys=[signers["parley"].jwk]) as stage:
        headers = token_of("parley", signers)
        async with grpc.aio.insecure_channel(stage.way("edge", "chat")) as channel:
            ended = await asyncio.gather(
                *(status(channel, CREATE, headers) for _ in range(400))
            )

    assert Counter(ended) == {OK: 400}


async def test_retries_are_a_fifth_of_what_is_live_or_ten(
    written: Policy, signers: Mapping[str, Signer], folder: Path
):
    """So that they cannot bury who is weak: most of 100 calls are not asked again."""
    async with standing(folder, written.mesh(), keys=[signers["parley"].jwk]) as stage:
        # The sidecar has the keys of tokens from here on.
        await shares(stage, signers, CREATE, 1)
        all_there = asyncio.Event()

        async def fail(call: Call, context: Any) -> AsyncIterator[bytes]:
            if call.method == GET:
                if stage.played["chat"].count(GET) == 100:
                    all_there.set()
                await all_there.wait()
                await context.abort(REFUSED)
            yield b""

        stage.played["chat"].play = fail
        headers = token_of("parley", signers)
        async with grpc.aio.insecure_channel(stage.way("edge", "chat")) as channel:
            ended = await asyncio.gather(
                *(status(channel, GET, headers) for _ in range(100))
            )
        overflowed = await stage.bench.admin("edge").stat(
            f"cluster.{CHAT}.upstream_rq_retry_overflow"
        )

        assert set(ended) == {REFUSED}
        assert overflowed > 50
        assert 110 <= stage.played["chat"].count(GET) <= 300 - overflowed


async def shares(
    stage: Stage, signers: Mapping[str, Signer], method: str, count: int
) -> tuple[Counter[grpc.StatusCode], Counter[str]]:
    """Call chat many times as the edge; say how calls ended, and who served them."""
    for played in stage.played.values():
        played.calls.clear()
    ended: Counter[grpc.StatusCode] = Counter()
    headers = token_of("parley", signers)
    async with grpc.aio.insecure_channel(stage.way("edge", "chat")) as channel:
        for _ in range(count):
            ended[await status(channel, method, headers)] += 1
    served = {name: played.count(method) for name, played in stage.played.items()}
    return ended, Counter({name: each for name, each in served.items() if each})


async def test_calls_are_spread_over_replicas(
    written: Policy, signers: Mapping[str, Signer], folder: Path
):
    async with standing(
        folder,
        written.mesh(),
        keys=[signers["parley"].jwk],
        instances={"chat": TWO},
    ) as stage:
        ended, served = await shares(stage, signers, CREATE, 200)

        assert ended == {OK: 200}
        assert set(served) == set(TWO)


@pytest.mark.parametrize("method", [GET, CREATE])
async def test_no_call_fails_when_a_replica_vanishes_and_it_gets_calls_when_it_is_back(
    method: str, signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, edits=[("DestinationRule", "of-chat", SOON)])
    mesh = policy.mesh()
    async with standing(
        folder, mesh, keys=[signers["parley"].jwk], instances={"chat": TWO}
    ) as stage:
        await shares(stage, signers, method, 20)
        # A machine that vanished: its sidecar is gone, with all its connections.
        async with stage.bench.gone("chat-1", mesh):
            await noticed(stage, "chat-1")
            ended, served = await shares(stage, signers, method, 100)
            # Not how many are out now: one that is let in again meanwhile is not.
            ejected = await stage.bench.admin("edge").stat(
                f"cluster.{CHAT}.outlier_detection.ejections_enforced_total"
            )

        @patiently
        async def is_back():
            _, served = await shares(stage, signers, method, 20)
            assert set(served) == set(TWO)

        assert (ended, set(served)) == ({OK: 100}, {"chat-2"})
        assert ejected >= 1
        await is_back()


async def test_a_replica_whose_process_died_behind_its_sidecar_is_left_out(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, edits=[("DestinationRule", "of-chat", SOON)])
    async with standing(
        folder,
        policy.mesh(),
        keys=[signers["parley"].jwk],
        instances={"chat": TWO},
    ) as stage:
        await stage.played["chat-1"].die()

        ended, _ = await shares(stage, signers, GET, 100)
        ejections = await stage.bench.admin("edge").stat(
            f"cluster.{CHAT}.outlier_detection"
            ".ejections_enforced_consecutive_gateway_failure"
        )

        assert ended == {OK: 100}
        assert ejections >= 1


@pytest.mark.parametrize("elsewhere", [True, False])
async def test_calls_stay_in_their_region_until_nobody_is_left_there(
    elsewhere: bool, signers: Mapping[str, Signer], folder: Path
):
    """One call is lost with the last replica if retries may not leave the region."""
    staying = replaced("/spec/http/4/retries/retryRemoteLocalities", False)
    edits = [
        ("DestinationRule", "of-chat", SOON if elsewhere else LATER),
        ("VirtualService", "to-chat", [] if elsewhere else [staying]),
    ]
    mesh = Policy(signers, edits=edits).mesh()
    async with standing(
        folder, mesh, keys=[signers["parley"].jwk], instances=TWO_REGIONS
    ) as stage:
        _, near = await shares(stage, signers, CREATE, 50)
        # Or else the call that is lost may be the edge's own.
        async with still_edge(stage, signers), stage.bench.gone("chat-1", mesh):
            await noticed(stage, "chat-1")
            ended, far = await shares(stage, signers, CREATE, 50)

        assert set(near) == {"chat-1"}
        assert set(far) == {"chat-2"}
        assert ended == ({OK: 50} if elsewhere else {OK: 49, REFUSED: 1})

        @patiently
        async def back_home():
            _, served = await shares(stage, signers, CREATE, 10)
            assert set(served) == {"chat-1"}

        await back_home()


async def test_a_region_that_is_lost_costs_its_streams_and_no_call_after_it(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, edits=[("DestinationRule", "of-chat", SOON)])
    mesh = policy.mesh()
    async with (
        standing(
            folder, mesh, keys=[signers["parley"].jwk], instances=TWO_REGIONS
        ) as stage,
        live_streams(stage, signers, 20) as streams,
        stage.bench.gone("chat-1", mesh),
    ):
        ended = Counter([await stream.code() for stream in streams])
        calls, served = await shares(stage, signers, CREATE, 100)

        assert ended.total() == 20
        assert set(ended) <= {REFUSED, grpc.StatusCode.INTERNAL}
        assert (calls, set(served)) == ({OK: 100}, {"chat-2"})


@asynccontextmanager
async def live_streams(
    stage: Stage, signers: Mapping[str, Signer], count: int
) -> AsyncIterator[list[Any]]:
    """Have streams open that have begun, and on which nothing more happens."""

    async def hold(call: Call, context: Any) -> AsyncIterator[bytes]:
        yield b""
        if call.method == SEND:
            await asyncio.Event().wait()

    for played in stage.played.values():
        played.play = hold
    headers = tuple(token_of("parley", signers).items())
    async with grpc.aio.insecure_channel(stage.way("edge", "chat")) as channel:
        method: Any = channel.unary_stream(SEND)
        streams = [method(b"", metadata=headers) for _ in range(count)]
        for stream in streams:
            assert await stream.read() == b""
        yield streams
