"""What is revoked is refused at once, and what runs by it ends."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest

from parley.chat.v1 import sync_service_pb2 as sync_pb
from services.kit.caller import (
    AuthUnavailable,
    Caller,
    TokenRevoked,
    Verifier,
    current,
)
from services.kit.delegation import Delegation
from services.kit.interceptors import bearer
from services.kit.revocations import EVERY, LIFE_SECONDS, Kind, Revocations, Revoked
from services.kit.server import serving
from tests.calls import refusal
from tests.identity import CHAT, Identity, bearing

USER = UUID("0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b")
SLOW_SECONDS = 30.0  # far below what a stream would take that is not ended
SERVICE = sync_pb.DESCRIPTOR.services_by_name["SyncService"].full_name
METHOD = "WatchChanges"


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
def revocations() -> Revocations:
    return Revocations()


@pytest.fixture
def verifier(identity: Identity, revocations: Revocations) -> Verifier:
    return Verifier(identity.fetch, identity.trusted, revocations=revocations)


def session_of(caller: Caller) -> str:
    return str(caller.session_id)


def of(identity: Identity, who: UUID, version: int | None) -> str:
    """Sign a token of the user, or with which somebody else acts as them."""
    claims = identity.claims(USER)
    if who == USER:
        return identity.sign({**claims, "ver": version})
    said = {} if version is None else {"ver": version}
    return identity.sign({**claims, "act": {"sub": str(who), **said}})


@pytest.mark.asvs("7.4.1")
@pytest.mark.parametrize("kind", ["session", "token"])
async def test_a_token_of_what_has_ended_is_refused_and_others_are_not(
    identity: Identity, verifier: Verifier, revocations: Revocations, kind: Kind
):
    ended, other = (of(identity, uuid4(), 1) for _ in range(2))
    caller = await verifier.verify(ended)
    ids = {"session": caller.session_id, "token": caller.token_id}

    revocations.add(Revoked(kind, str(ids[kind])))

    with pytest.raises(TokenRevoked):
        await verifier.verify(ended)
    await verifier.verify(other)


@pytest.mark.asvs("7.4.1")
async def test_it_is_refused_also_if_nobody_has_shown_it_before(
    identity: Identity, verifier: Verifier, revocations: Revocations
):
    claims = identity.claims(USER)
    revocations.add(Revoked("session", str(claims["sid"])))

    with pytest.raises(TokenRevoked):
        await verifier.verify(identity.sign(claims))


@pytest.mark.asvs("7.4.2", "8.3.2")
async def test_what_was_said_of_a_user_before_they_changed_is_refused(
    identity: Identity, verifier: Verifier, revocations: Revocations
):
    before, after = (of(identity, USER, version) for version in (3, 4))
    await verifier.verify(before)

    revocations.add(Revoked("user", str(USER), 4))

    with pytest.raises(TokenRevoked):
        await verifier.verify(before)
    await verifier.verify(after)
    await verifier.verify(identity.token(uuid4()))


async def test_an_older_change_does_not_take_back_a_newer_one(
    identity: Identity, verifier: Verifier, revocations: Revocations
):
    for version in (EVERY, 2):
        revocations.add(Revoked("user", str(USER), version))

    with pytest.raises(TokenRevoked):
        await verifier.verify(identity.sign({**identity.claims(USER), "ver": 9}))


async def test_a_service_that_acts_for_a_user_may_finish(
    identity: Identity, verifier: Verifier, revocations: Revocations
):
    token = Delegation(identity.chat_key, CHAT).token(USER)

    revocations.add(Revoked("user", str(USER), EVERY))

    assert (await verifier.verify(token)).actor == "chat"


@pytest.mark.asvs("8.3.2", "7.4.1")
async def test_who_acts_as_somebody_no_longer_does_once_they_have_changed(
    identity: Identity, verifier: Verifier, revocations: Revocations
):
    admin = uuid4()
    unsaid, before, after = (of(identity, admin, ver) for ver in (None, 3, 4))
    for token in (unsaid, before, after):
        await verifier.verify(token)

    revocations.add(Revoked("user", str(admin), 4))

    for token in (unsaid, before):
        with pytest.raises(TokenRevoked):
            await verifier.verify(token)
    await verifier.verify(after)


async def test_nothing_is_kept_for_longer_than_a_token_may_live(
    revocations: Revocations, monkeypatch: pytest.MonkeyPatch
):
    caller = Caller(user_id=USER, session_id=uuid4(), token="", expire_time=0.0)
    revocations.add(Revoked("session", session_of(caller)))
    revocations.add(Revoked("user", str(USER), 7))
    assert revocations.hold(caller)

    now = time.monotonic
    monkeypatch.setattr(
        "services.kit.revocations.monotonic", lambda: now() + LIFE_SECONDS + 1
    )
    revocations.add(Revoked("session", str(uuid4())))

    assert not revocations.hold(caller)


async def test_until_it_is_known_what_is_revoked_nobody_is_let_in(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.kit.caller.KNOWN_SECONDS", 0.05)
    revocations = Revocations(known=False)
    verifier = Verifier(identity.fetch, revocations=revocations)
    token = identity.token(USER)

    with pytest.raises(AuthUnavailable):
        await verifier.verify(token)
    revocations.complete()

    await verifier.verify(token)


async def test_what_a_revoked_key_has_signed_is_refused(
    identity: Identity, verifier: Verifier, revocations: Revocations
):
    token = identity.token(USER)
    await verifier.verify(token)

    # Whoever is asked for keys may not have heard of it.
    revocations.add(Revoked("signing_key", identity.jwk["kid"]))

    with pytest.raises(Exception, match="access token"):
        await verifier.verify(token)


class Streams:
    """A handler that says who calls, and then nothing for ever."""

    def __init__(self) -> None:
        self.closed = 0
        self.deaf = 0  # cancellations that it loses

    async def __call__(self, request: Any, context: Any) -> AsyncIterator[bytes]:
        try:
            yield str(current().user_id).encode()
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    if not self.deaf:
                        raise
                    self.deaf -= 1
        finally:
            self.closed += 1


@pytest.fixture
def streams() -> Streams:
    return Streams()


@pytest.fixture
async def channel(
    streams: Streams, verifier: Verifier
) -> AsyncIterator[grpc.aio.Channel]:
    async def watch(request: Any, context: Any) -> AsyncIterator[bytes]:
        async for said in streams(request, context):
            yield said

    handler = grpc.unary_stream_rpc_method_handler(watch, bytes, bytes)

    def add(server: grpc.aio.Server) -> None:
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler}),)
        )

    async with (
        serving(
            add,
            services=(),
            address="127.0.0.1:0",
            authenticate=bearer(verifier),
            drain_seconds=0,
        ) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield channel


@asynccontextmanager
async def watched(channel: grpc.aio.Channel, token: str) -> AsyncIterator[Any]:
    untyped: Any = channel
    method = untyped.unary_stream(f"/{SERVICE}/{METHOD}")
    call = method(b"", metadata=bearing(token))
    assert await call.read() == str(USER).encode()
    yield call
    call.cancel()


@pytest.mark.asvs("7.4.1")
@pytest.mark.parametrize("deaf", [0, 1])
async def test_a_stream_of_an_ended_session_ends_and_says_why(
    identity: Identity,
    revocations: Revocations,
    streams: Streams,
    channel: grpc.aio.Channel,
    deaf: int,
    monkeypatch: pytest.MonkeyPatch,
):
    if not deaf:  # the first cancellation is enough
        monkeypatch.setattr("services.kit.revocations.AGAIN_SECONDS", 3600)
    claims = identity.claims(USER)
    streams.deaf = deaf
    async with (
        watched(channel, identity.sign(claims)) as ended,
        watched(channel, identity.token(USER)) as other,
    ):
        revocations.add(Revoked("session", str(claims["sid"])))

        refused = await refusal(ended.read())
        assert refused.code is grpc.StatusCode.UNAUTHENTICATED
        assert refused.reason == "UNAUTHENTICATED"
        assert streams.closed == 1
        assert not other.done()


@pytest.mark.asvs("7.4.2", "8.3.2")
@pytest.mark.parametrize("who", [USER, uuid4()], ids=["user", "who acts as them"])
async def test_streams_of_a_user_end_unless_they_came_after_the_change(
    identity: Identity, revocations: Revocations, channel: grpc.aio.Channel, who: UUID
):
    before, after = (of(identity, who, version) for version in (1, 2))
    async with watched(channel, before) as old, watched(channel, after) as new:
        revocations.add(Revoked("user", str(who), 2))

        assert (await refusal(old.read())).reason == "UNAUTHENTICATED"
        assert not new.done()


async def test_a_stream_that_its_caller_leaves_is_forgotten(
    identity: Identity, revocations: Revocations, channel: grpc.aio.Channel
):
    async with watched(channel, identity.token(USER)):
        assert revocations._running

    async with asyncio.timeout(SLOW_SECONDS):
        while revocations._running:  # noqa: ASYNC110 - nobody says so
            await asyncio.sleep(0.01)
