"""What signing in costs auth, and what a token costs whoever checks it."""

import asyncio
import json
from collections.abc import AsyncIterator
from statistics import median
from time import perf_counter, process_time, time
from uuid import uuid4

import grpc

from parley.auth.v1 import account_service_pb2 as account_pb
from parley.auth.v1 import account_service_pb2_grpc as account_grpc
from parley.auth.v1 import session_service_pb2 as pb
from parley.auth.v1 import session_service_pb2_grpc as pb_grpc
from services.kit.caller import Verifier
from tests.bench.alone.figures import percentiles
from tests.bench.parley import STATE, parley
from tests.bench.processes import Processes
from tests.bench.results import Figure
from tests.bench.rounds import Tell
from tests.bench.systems import upstream
from tests.identity import Identity

PEOPLE = 100
STORM = 200  # who sign in at once; auth lets 64 wait, and refuses others with a delay
PASSWORD = "a sentence that is long enough"
KIND = "sign-in"
GOAL_MICROS = 60.0
GOAL_MIB = 200.0  # two hashes at once take 92 MiB
BEAT_SECONDS = 0.02
MIB = 1024 * 1024


async def sign_in(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Sign people in, as many as auth takes, and then too many at once."""
    async with upstream() as model, parley(model.url) as system:
        assert system.processes
        # Straight at auth: from one network the edge's address would be limited.
        port = json.loads((STATE / "ports.json").read_text())["auth"]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            tell("sign-in: people sign up")
            emails = [await signed_up(channel) for _ in range(PEOPLE)]
            tell("sign-in: people sign in")
            async for each in rate(channel, emails, 200 if quick else 800):
                yield each
            tell("sign-in: a storm")
            async for each in storm(channel, emails, system.processes):
                yield each
    tell("sign-in: tokens are checked")
    yield await checked(warm=True, tokens=2_000)
    yield await checked(warm=False, tokens=500 if quick else 2_000)


async def signed_up(channel: grpc.aio.Channel) -> str:
    """Make an account; return its address."""
    email = f"{uuid4().hex}@example.com"
    accounts: account_grpc.AccountServiceAsyncStub
    accounts = account_grpc.AccountServiceStub(channel)
    request = account_pb.CreateUserRequest(
        user=account_pb.User(email=email), password=PASSWORD
    )
    await accounts.CreateUser(request)
    return email


async def signed_in(channel: grpc.aio.Channel, email: str) -> float | None:
    """Sign in; return how long that took, or None if auth was too busy."""
    sessions: pb_grpc.SessionServiceAsyncStub = pb_grpc.SessionServiceStub(channel)
    request = pb.CreateSessionRequest(email=email, password=PASSWORD)
    began = perf_counter()
    try:
        await sessions.CreateSession(request)
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
            raise
        return None
    return perf_counter() - began


async def rate(
    channel: grpc.aio.Channel, emails: list[str], count: int
) -> AsyncIterator[Figure]:
    """Have 16 people at a time sign in."""
    turns = iter([emails[number % PEOPLE] for number in range(count)])
    took = list[float]()

    async def person() -> None:
        for email in turns:
            seconds = await signed_in(channel, email)
            if seconds is None:
                raise RuntimeError("16 at a time were too many")
            took.append(seconds)

    began = perf_counter()
    await asyncio.gather(*(person() for _ in range(16)))
    seconds = perf_counter() - began
    of = f"{count} sign-ins, 16 at a time, argon2id of 46 MiB in 2 threads"
    yield figure("people who sign in", "in a second", count / seconds, "", of)
    for each in percentiles(KIND, "a sign-in among 16", took, (50, 99), of=of):
        yield each


async def storm(
    channel: grpc.aio.Channel, emails: list[str], processes: Processes
) -> AsyncIterator[Figure]:
    """Have too many sign in at once, and see how much memory that takes."""
    before = most = processes.memory("rss")["auth"]
    people = asyncio.gather(
        *(signed_in(channel, emails[number % PEOPLE]) for number in range(STORM))
    )
    while not people.done():
        most = max(most, (await asyncio.to_thread(processes.memory, "rss"))["auth"])
        await asyncio.wait([people], timeout=BEAT_SECONDS)
    served = [seconds for seconds in await people if seconds is not None]
    of = f"{STORM} sign-ins at once"
    yield figure("a storm of sign-ins", "of them served at once", len(served), "", of)
    yield figure(
        "a storm of sign-ins",
        "memory of auth at the most, over before",
        (most - before) / MIB,
        "MiB",
        of,
        GOAL_MIB,
    )


async def checked(*, warm: bool, tokens: int) -> Figure:
    """Check tokens that were not seen before, or one that was."""
    identity = Identity()
    verifier = identity.verifier()
    await verifier.verify(identity.token(uuid4()))
    fresh = [identity.token(uuid4()) for _ in range(tokens)]
    title = "a token that is seen for the first time"
    if warm:
        fresh = fresh[:1] * tokens
        title = "a token that was seen before"
        await verifier.verify(fresh[0])
    costs = [await cost(verifier, fresh[at::5]) for at in range(5)]
    return figure(
        "checking a token in a service",
        title,
        median(costs) * 1e6,
        "µs",
        f"5 rounds of {tokens // 5}",
        GOAL_MICROS if warm else None,
    )


async def cost(verifier: Verifier, tokens: list[str]) -> float:
    """Return the CPU time of checking one."""
    before = process_time()
    for token in tokens:
        caller = await verifier.verify(token)
    if caller.expire_time < time():
        raise RuntimeError("a token expired while it was measured")
    return (process_time() - before) / len(tokens)


def figure(
    what: str, at: str, value: float, unit: str, of: str, goal: float | None = None
) -> Figure:
    """Say one thing that was measured."""
    return Figure(kind=KIND, what=what, at=at, value=value, unit=unit, of=of, goal=goal)
