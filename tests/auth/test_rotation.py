"""Signing keys that auth makes: by schedule, by command, and in an emergency."""

import asyncio
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from uuid import uuid4

import jwt
import pytest

from services.auth.audit.nothing import NoAudit
from services.auth.keys.model import state
from services.auth.keys.rotation import Rotation
from services.auth.keys.store import PostgresKeys
from services.auth.revocations.store import PostgresRevocations
from services.auth.roles.model import MEMBER
from services.auth.sealing.sealer import SealBroken, Sealer
from services.auth.sessions.model import ACCESS, Grant
from services.auth.sessions.tokens import AccessTokens
from services.kit.caller import KEYS_SECONDS, TokenRevoked, Unauthenticated, Verifier
from services.kit.errors import RequestIdReused, Unavailable
from services.kit.jwk import Jwk
from services.kit.postgres import Database
from services.kit.revocations import Revocations

LIFE = timedelta(days=90)
LEAD = timedelta(minutes=15)
ADMIN = uuid4()
MINUTE = timedelta(minutes=1)


class Clock:
    """The time of all parts, which the test moves; they start when PyJWT's does."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


class PyJwtTime(datetime):
    """What PyJWT takes for `datetime`."""

    clock: Clock

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return cls.clock()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = PyJwtTime.clock = Clock()
    for name in ("caller.monotonic", "caller.time", "revocations.monotonic"):
        monkeypatch.setattr(f"services.kit.{name}", clock.seconds)
    monkeypatch.setattr("jwt.api_jwt.datetime", PyJwtTime)
    return clock


@pytest.fixture
def sealer() -> Sealer:
    return Sealer("1", {"1": token_bytes(32)})


@pytest.fixture
async def stored(database: Database) -> PostgresKeys:
    async with database.transaction() as connection:
        await connection.execute("TRUNCATE signing_keys")
    return PostgresKeys(database)


class Replica:
    """One of several of auth: what it signs, and how it turns."""

    def __init__(self, stored: PostgresKeys, sealer: Sealer, clock: Clock) -> None:
        self.tokens = AccessTokens(None)
        self._clock = clock
        self.rotation = Rotation(
            stored,
            sealer,
            self.tokens,
            life=LIFE,
            lead=LEAD,
            audit=NoAudit(),
            clock=clock,
        )

    def sign(self) -> str:
        now = self._clock()
        grant = Grant(
            user_id=uuid4(),
            session_id=uuid4(),
            scope=MEMBER,
            methods=["pwd"],
            auth_time=now,
            version=1,
        )
        return self.tokens.issue(grant, now).token


@pytest.fixture
async def replicas(
    stored: PostgresKeys, sealer: Sealer, clock: Clock
) -> tuple[Replica, Replica]:
    """Two, which have started at once."""
    two = Replica(stored, sealer, clock), Replica(stored, sealer, clock)
    await asyncio.gather(*(each.rotation.round() for each in two))
    return two


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def states(replica: Replica, clock: Clock) -> list[str]:
    keys = await replica.rotation.keys()
    return [state(key, keys, clock()) for key in keys]


async def test_replicas_that_start_at_once_make_one_key(
    replicas: tuple[Replica, Replica], clock: Clock
):
    one, two = replicas

    assert kid_of(one.sign()) == kid_of(two.sign())
    assert await states(one, clock) == ["current"]


@pytest.mark.asvs("11.1.1")
async def test_a_key_is_changed_by_schedule_and_nothing_is_ever_refused(
    replicas: tuple[Replica, Replica], clock: Clock
):
    """Over 200 days, by whoever asks for keys only when a service does."""
    verifiers = [Verifier(each.rotation.jwks) for each in replicas]
    seen, alive = set[str](), list[tuple[datetime, str]]()
    steps = [LIFE - LEAD, *[MINUTE] * 45] * 2

    for turn, step in enumerate(steps):
        clock.now += step
        # One replica looks in time; the other one is a step late.
        await replicas[turn % 2].rotation.round()
        for replica in replicas:
            token = replica.sign()
            seen.add(kid_of(token))
            alive.append((clock() + ACCESS, token))
        alive = [(until, token) for until, token in alive if until > clock()]
        for verifier in verifiers:
            for _, token in alive:
                await verifier.verify(token)

    assert len(seen) == 3
    assert (await states(replicas[0], clock)).count("current") == 1


async def test_by_command_a_key_goes_through_all_its_states(
    replicas: tuple[Replica, Replica], clock: Clock
):
    replica = replicas[0]
    old = kid_of(replica.sign())

    await replica.rotation.rotate(ADMIN, emergency=False, request_id=None)
    assert await states(replica, clock) == ["next", "current"]
    assert kid_of(replica.sign()) == old
    clock.now += LEAD
    await replica.rotation.round()
    assert await states(replica, clock) == ["current", "previous"]
    assert kid_of(replica.sign()) != old
    clock.now += LEAD
    await replica.rotation.round()
    assert await states(replica, clock) == ["current", "withdrawn"]
    withdrawn = (await replica.rotation.keys())[1]
    assert (withdrawn.id, withdrawn.sealed) == (old, b"")
    assert [key["kid"] for key in await replica.rotation.jwks()] != [old]


async def test_a_command_given_twice_or_by_two_makes_one_key(
    replicas: tuple[Replica, Replica], clock: Clock
):
    await asyncio.gather(
        *(
            each.rotation.rotate(ADMIN, emergency=False, request_id=None)
            for each in (*replicas, *replicas)
        )
    )

    assert await states(replicas[0], clock) == ["next", "current"]


async def test_an_emergency_is_not_repeated_by_a_retry(
    replicas: tuple[Replica, Replica], clock: Clock
):
    request = uuid4()
    clock.now += MINUTE
    for replica in replicas:
        await replica.rotation.rotate(ADMIN, emergency=True, request_id=request)

    assert await states(replicas[0], clock) == ["current", "withdrawn"]


async def test_no_emergency_is_taken_for_the_retry_of_what_was_none(
    replicas: tuple[Replica, Replica], clock: Clock
):
    request = uuid4()
    rotation = replicas[0].rotation
    await rotation.rotate(ADMIN, emergency=False, request_id=request)

    with pytest.raises(RequestIdReused):
        await rotation.rotate(ADMIN, emergency=True, request_id=request)

    assert await states(replicas[0], clock) == ["next", "current"]


@pytest.mark.asvs("9.1.3")
async def test_in_an_emergency_what_the_old_keys_signed_is_refused(
    replicas: tuple[Replica, Replica], clock: Clock, database: Database
):
    one, two = replicas
    await one.rotation.rotate(ADMIN, emergency=False, request_id=None)  # a next one
    revocations = Revocations()
    # Asks the replica that hears of it last.
    verifier = Verifier(two.tokens.jwks, revocations=revocations)
    stolen = one.sign()
    await verifier.verify(stolen)

    await one.rotation.rotate(ADMIN, emergency=True, request_id=None)

    found = await PostgresRevocations(database).since(MINUTE)
    for revoked in found.values():
        revocations.add(revoked)
    with pytest.raises((TokenRevoked, Unauthenticated)):
        await verifier.verify(stolen)
    assert sorted(await states(one, clock)) == ["current", "withdrawn", "withdrawn"]
    await Verifier(two.rotation.jwks, revocations=revocations).verify(one.sign())


@pytest.mark.asvs("16.5.2")
async def test_while_keys_cannot_be_had_for_15_minutes_nothing_is_refused(
    replicas: tuple[Replica, Replica], clock: Clock
):
    replica = replicas[0]
    up = True

    async def fetch() -> list[Jwk]:
        if not up:
            raise Unavailable(part="auth")
        return list(await replica.rotation.jwks())

    verifier = Verifier(fetch)
    await verifier.verify(replica.sign())
    await replica.rotation.rotate(ADMIN, emergency=False, request_id=None)
    # Whoever has asked within the last five minutes knows the next key.
    clock.now += timedelta(seconds=KEYS_SECONDS + 1)
    await verifier.verify(replica.sign())

    up = False
    kids = set()
    for _ in range(15):
        clock.now += MINUTE
        await replica.rotation.round()
        token = replica.sign()
        kids.add(kid_of(token))
        await verifier.verify(token)

    assert len(kids) == 2


async def test_a_private_key_is_stored_sealed_for_itself_alone(
    replicas: tuple[Replica, Replica], sealer: Sealer
):
    (key,) = await replicas[0].rotation.keys()

    assert b"PRIVATE" not in key.sealed
    with pytest.raises(SealBroken):
        sealer.open(key.sealed, context="signing key another")
    assert sealer.open(key.sealed, context=f"signing key {key.id}")
