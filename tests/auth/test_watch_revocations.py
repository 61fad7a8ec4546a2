"""How other services hear of what auth revokes: by a real stream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, LiteralString
from uuid import UUID, uuid4

import grpc
import pytest

from parley.auth.v1 import revocation_service_pb2 as pb
from parley.auth.v1 import revocation_service_pb2_grpc as pb_grpc
from services.auth.revocations.store import PostgresRevocations, revoke_session
from services.auth.roles.model import MEMBER
from services.auth.sessions.model import GRACE, Grant
from services.auth.sessions.tokens import AccessTokens
from services.chat.__main__ import watch_revocations
from services.kit.caller import TokenRevoked, Verifier
from services.kit.channels import channel_to
from services.kit.postgres import Database
from services.kit.revocations import EVERY, Revocations
from services.kit.watching import watching
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.calls import refusal
from tests.revocations.forwarder import Forwarder, forwarding

Way = tuple[Forwarder, str]

SECOND = 1.0
PATIENCE_SECONDS = 10.0
KINDS = """
    SELECT 'ALTER TABLE revocations ADD ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conname = 'revocations_kind_check'
"""
LATER = "UPDATE revocations SET time = time - interval '1 hour'"


@pytest.fixture
def revoked(database: Database) -> PostgresRevocations:
    """Where the nouns of auth write what they revoke."""
    return PostgresRevocations(database)


@pytest.fixture
async def way(
    serve: Serve, redis_url: str, hasher: CountingHasher
) -> AsyncIterator[Way]:
    """The way to auth, which a test can cut."""
    async with serve(redis_url, hasher) as api:
        host, port = api.address.split(":")
        async with forwarding(host, int(port)) as way:
            yield way


class Other:
    """Another service: its verifier, and what it has heard."""

    def __init__(self, access_tokens: AccessTokens) -> None:
        self.revocations = Revocations(known=False)
        self.verifier = Verifier(access_tokens.jwks, revocations=self.revocations)

    async def refuses(self, token: str) -> bool:
        try:
            await self.verifier.verify(token)
        except TokenRevoked:
            return True
        return False


@asynccontextmanager
async def other_service(
    address: str, access_tokens: AccessTokens
) -> AsyncIterator[Other]:
    other = Other(access_tokens)
    async with (
        channel_to(address) as channel,
        watching(other.revocations, channel, watch_revocations),
    ):
        await other.revocations.until_known(PATIENCE_SECONDS)
        yield other


async def until(true: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until something is true; return how long it took."""
    began = monotonic()
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - nobody says so
            await asyncio.sleep(0.005)
    return monotonic() - began


def token_of(access_tokens: AccessTokens, user: UUID, session: UUID) -> str:
    now = datetime.now(UTC)
    grant = Grant(
        user_id=user,
        session_id=session,
        scope=MEMBER,
        methods=["pwd"],
        auth_time=now,
        version=1,
    )
    return access_tokens.issue(grant, now).token


@pytest.mark.asvs("7.4.1")
async def test_another_service_refuses_what_was_revoked_before_it_came(
    way: Way,
    revoked: PostgresRevocations,
    access_tokens: AccessTokens,
):
    user, session = uuid4(), uuid4()
    token = token_of(access_tokens, user, session)
    await revoked.session(session)

    async with other_service(way[1], access_tokens) as other:
        await until(lambda: other.refuses(token))


async def test_what_is_revoked_while_the_way_is_cut_is_refused_once_it_is_back(
    way: Way,
    revoked: PostgresRevocations,
    access_tokens: AccessTokens,
):
    forwarder, address = way
    user = uuid4()
    known, missed = uuid4(), uuid4()
    tokens = [token_of(access_tokens, user, session) for session in (known, missed)]
    async with other_service(address, access_tokens) as other:
        await revoked.session(known)
        await until(lambda: other.refuses(tokens[0]))

        forwarder.cut()
        await revoked.session(missed)
        assert await other.refuses(tokens[0]), "what was known stays known"
        assert not await other.refuses(tokens[1]), "what nobody could tell is not"
        forwarder.mend()

        # The channel tries again at most a second apart.
        await until(lambda: other.refuses(tokens[1]))


async def test_what_commits_after_later_ones_is_not_lost(
    way: Way,
    revoked: PostgresRevocations,
    database: Database,
    access_tokens: AccessTokens,
):
    user, early, late = uuid4(), uuid4(), uuid4()
    tokens = [token_of(access_tokens, user, session) for session in (early, late)]
    async with other_service(way[1], access_tokens) as other:
        async with database.transaction() as connection:
            await revoke_session(connection, early)
            await revoked.session(late)
            await until(lambda: other.refuses(tokens[1]))
            assert not await other.refuses(tokens[0])

        await until(lambda: other.refuses(tokens[0]))


@pytest.mark.asvs("16.5.3", "7.4.1")
async def test_what_is_revoked_is_read_again_whatever_went_wrong(
    way: Way,
    revoked: PostgresRevocations,
    database: Database,
    access_tokens: AccessTokens,
    caplog: pytest.LogCaptureFixture,
):
    """Such as a table that is not there yet, in an upgrade."""
    user, session = uuid4(), uuid4()
    token = token_of(access_tokens, user, session)

    async def said() -> bool:
        return "what is revoked cannot be read" in caplog.text

    async with other_service(way[1], access_tokens) as other:
        await changed(database, "ALTER TABLE revocations RENAME TO away")
        try:
            await until(said)
        finally:
            await changed(database, "ALTER TABLE away RENAME TO revocations")

        await revoked.session(session)

        await until(lambda: other.refuses(token))


async def changed(database: Database, statement: LiteralString) -> None:
    async with database.transaction() as connection:
        await connection.execute(statement)


async def test_every_kind_is_told_as_it_is(api: Api, revoked: PostgresRevocations):
    user, key = uuid4(), uuid4()
    await revoked.user(user, version=7)
    await revoked.user(user, version=EVERY)
    await revoked.key(key)

    found: list[pb.Revocation] = []
    stub: pb_grpc.RevocationServiceAsyncStub
    stub = pb_grpc.RevocationServiceStub(api.channel)
    call = stub.WatchRevocations(pb.WatchRevocationsRequest(), timeout=PATIENCE_SECONDS)
    async for response in call:
        found += response.revocations
        if len(found) == 3:
            break

    assert found == [
        pb.Revocation(user=pb.UserRevocation(user_id=str(user), version=7)),
        pb.Revocation(user=pb.UserRevocation(user_id=str(user), version=EVERY)),
        pb.Revocation(key_id=str(key)),
    ]


async def test_what_only_a_newer_version_revokes_holds_nothing_up(
    way: Way,
    revoked: PostgresRevocations,
    database: Database,
    access_tokens: AccessTokens,
):
    session = uuid4()
    token = token_of(access_tokens, uuid4(), session)
    async with database.transaction() as connection:
        found = await (await connection.execute(KINDS)).fetchone()
        assert found
        await connection.execute(
            "ALTER TABLE revocations DROP CONSTRAINT revocations_kind_check;"
            "INSERT INTO revocations (kind, id, version) VALUES ('grant', 'x', 0)"
        )
    try:
        await revoked.session(session)
        async with other_service(way[1], access_tokens) as other:
            await until(lambda: other.refuses(token))
    finally:
        await changed(database, "DELETE FROM revocations WHERE kind = 'grant'")
        await changed(database, found[0])


async def test_a_watcher_hears_every_second_that_there_is_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    now = monotonic()
    monkeypatch.setattr("services.auth.revocations.feed.monotonic", lambda: now)
    stub: Any = pb_grpc.RevocationServiceStub(api.channel)
    call = stub.WatchRevocations(pb.WatchRevocationsRequest(), timeout=PATIENCE_SECONDS)
    assert (await call.read()).complete

    for _ in range(3):
        now += SECOND
        assert (await call.read()).complete


async def test_old_ones_are_swept_away_and_not_told(
    api: Api, revoked: PostgresRevocations, database: Database
):
    await revoked.session(uuid4())
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE revocations SET time = time - interval '1 hour'"
        )

    assert await revoked.since(timedelta(minutes=10)) == {}
    await revoked.session(uuid4())
    assert len(await revoked.since(timedelta(days=1))) == 1


@pytest.mark.asvs("10.4.5")
async def test_a_refresh_token_that_is_used_again_ends_the_access_tokens_too(
    api: Api, clock: Clock
):
    owner = await Browser(api).sign_up()
    thief = Browser(api, user=owner.user, cookie=owner.cookie)
    await owner.refresh()
    clock.ahead += GRACE + timedelta(seconds=1)
    await refusal(thief.refresh())

    async def refused() -> bool:
        try:
            await owner.get_user()
        except grpc.aio.AioRpcError:
            return True
        return False

    await until(refused)


async def test_a_session_that_makes_room_for_another_is_revoked(
    api: Api, monkeypatch: pytest.MonkeyPatch, revoked: PostgresRevocations
):
    monkeypatch.setattr("services.auth.sessions.store.MAX_SESSIONS", 1)
    first = await Browser(api).sign_up()

    await Browser(api, email=first.email).sign_in()

    found = await revoked.since(timedelta(minutes=1))
    session = first.session.name.rpartition("/")[2]
    assert [each.id for each in found.values()] == [session]
