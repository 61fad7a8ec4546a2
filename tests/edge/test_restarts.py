"""A replica stops, or dies, while calls come in: the others answer them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import grpc

from deploy.local.ports import free_port
from edge.envoy.render import Edge
from services.kit.server import serving
from tests.edge import servicers
from tests.edge.envoy_process import Envoy, running
from tests.edge.parts import Part, part
from tests.edge.patience import until
from tests.edge.protocols import Client, GrpcClient, clients_of
from tests.edge.rpcs import (
    A_NEW_ONE,
    ASK,
    ASK_FOR_IT,
    CREATE,
    GET,
    RESUME,
    RESUME_IT,
    SEND,
)
from tests.edge.servicers import Context, Play, Reply, ReplyEvent, Script, event
from tests.edge.tokens import Signer

HEALTHY = "cluster.chat.membership_healthy"
NOTICE_SECONDS = 5.0  # two health checks, and patience with a busy edge
CALLS = ((GET, ASK_FOR_IT), (CREATE, A_NEW_ONE), (SEND, ASK), (RESUME, RESUME_IT))


async def test_nobody_notices_that_a_replica_is_dead(
    edge: Edge, script: Script, token: str, tmp_path: Path
) -> None:
    async with (
        part(servicers.add_chat, script) as first,
        part(servicers.add_chat, script) as second,
        running(replace(edge, chat=(first.address, second.address)), tmp_path) as envoy,
        clients_of(envoy) as clients,
    ):
        await envoy.until_keys()
        for dead in (first, second):
            await envoy.until_stat(HEALTHY, 2)
            await dead.cut()
            for client in clients * 5:
                assert await outcomes(client, token) == ["OK"] * len(CALLS)
            await envoy.until_stat(HEALTHY, 1)
            await dead.mend()


async def test_a_replica_that_stops_gets_no_new_calls_and_keeps_its_streams(
    edge: Edge, signer: Signer, token: str, tmp_path: Path
) -> None:
    go = asyncio.Event()
    scripts = [Script(jwks=[], reply=waiting(go)) for _ in range(2)]
    async with (
        part(servicers.add_chat, scripts[0]) as first,
        part(servicers.add_chat, scripts[1]) as second,
        running(replace(edge, chat=(first.address, second.address)), tmp_path) as envoy,
        clients_of(envoy) as clients,
        grpc.aio.insecure_channel(envoy.target) as channel,
    ):
        await envoy.until_keys()
        await envoy.until_stat(HEALTHY, 2)
        call = GrpcClient(envoy, channel).open(SEND, ASK, token=token)
        await call.read()
        stopping, script = next(
            (replica, script)
            for replica, script in zip((first, second), scripts, strict=True)
            if script.seen
        )

        await stopping.drain()
        await envoy.until_stat(HEALTHY, 1)
        for each in scripts:
            each.reply = servicers.reply
        for client in clients * 5:
            assert await outcomes(client, token) == ["OK"] * len(CALLS)
        go.set()

        assert await call.read() == event(2, completed=ReplyEvent.Completed())
        assert [seen.request for seen in script.seen] == [ASK]


async def test_a_rolling_restart_fails_no_call(
    edge: Edge, script: Script, token: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        addresses = [
            await stack.enter_async_context(
                # A port that is nobody else's while the replica is away.
                replica(
                    script, f"127.0.0.1:{free_port()}", notice_seconds=NOTICE_SECONDS
                )
            )
            for stack in (first, second)
        ]
        own = replace(edge, chat=tuple(addresses))
        async with running(own, tmp_path) as envoy, clients_of(envoy) as clients:
            await envoy.until_keys()
            await envoy.until_stat(HEALTHY, 2)
            stopped, codes = asyncio.Event(), Counter[str]()

            async with asyncio.TaskGroup() as calling:
                for client in clients * 3:
                    calling.create_task(keep_calling(client, token, codes, stopped))
                for stack, address in zip((first, second), addresses, strict=True):
                    await stack.aclose()
                    enough = codes.total() + 100
                    await until(lambda enough=enough: codes.total() > enough)  # type: ignore[misc]  # a default
                    await stack.enter_async_context(
                        replica(script, address, notice_seconds=0)
                    )
                    await envoy.until_stat(HEALTHY, 2)
                stopped.set()

    assert codes.keys() == {"OK"}


async def test_a_proxy_asks_again_only_for_what_changes_nothing(
    own_envoy: Envoy, own_chat: Part, script: Script, token: str
) -> None:
    script.down = True
    async with clients_of(own_envoy) as clients:
        for client in clients:
            script.seen.clear()
            assert await outcomes(client, token) == ["UNAVAILABLE"] * len(CALLS)

            asked = Counter(type(seen.request) for seen in script.seen)
            assert asked == {
                type(ASK_FOR_IT): 3,
                type(A_NEW_ONE): 1,
                type(ASK): 1,
                type(RESUME_IT): 3,
            }


@asynccontextmanager
async def replica(
    script: Script, address: str, *, notice_seconds: float
) -> AsyncIterator[str]:
    """Serve chat with what makes a service stop as it should; yield the address."""
    async with serving(
        partial(servicers.add_chat, script),
        services=("parley.chat.v1.MessageService",),
        address=address,
        authenticate=let_in,
        notice_seconds=notice_seconds,
        drain_seconds=5,
    ) as port:
        yield f"127.0.0.1:{port}"


async def let_in(method: str, context: Context) -> None:
    """Let everybody in."""


async def outcomes(client: Client, token: str) -> list[str]:
    """Read, write and stream; say how each ended."""
    return [
        (await client.call(rpc, request, token=token)).code for rpc, request in CALLS
    ]


async def keep_calling(
    client: Client, token: str, codes: Counter[str], stopped: asyncio.Event
) -> None:
    """Go on until told to stop, and count how calls ended."""
    while not stopped.is_set():
        codes.update(await outcomes(client, token))


def waiting(go: asyncio.Event) -> Play:
    """Play a beginning, and the end when told so."""

    async def play(request: object, context: Context) -> Reply:
        yield event(1, accepted=ReplyEvent.Accepted())
        await go.wait()
        yield event(2, completed=ReplyEvent.Completed())

    return play
