"""SessionService.CreateSession, called as a client calls it."""

import asyncio

import grpc
import pytest
from argon2 import extract_parameters

from services.auth.sessions.model import MAX_SESSIONS, Session
from services.auth.sessions.store import PostgresSessions
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.calls import refusal


async def sessions_of(database: Database, browser: Browser) -> int:
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT count(*) FROM sessions WHERE 'users/' || user_id = %s",
            [browser.user],
        )
        row = await cursor.fetchone()
    assert row
    return int(row[0])


async def test_signs_in_with_a_session_of_its_own(api: Api, alice: Browser):
    elsewhere = Browser(api, email=alice.email)

    await elsewhere.sign_in()

    assert elsewhere.session.name.startswith(f"{alice.user}/sessions/")
    assert elsewhere.session.name != alice.session.name
    assert elsewhere.set_cookie
    assert elsewhere.set_cookie["samesite"] == "Strict"
    assert (await elsewhere.get_user(alice.user)).name == alice.user
    await alice.refresh()


async def test_the_case_of_the_address_is_as_one_likes(api: Api, alice: Browser):
    await Browser(api, email=alice.email.upper()).sign_in()


STRANGERS = [
    "nobody@example.com",
    "nobody",
    "@",
    "nobody@example.com\0",
    "' OR 1=1 --@example.com",
    "n" * 100_000,
    "\u202enobody@example.com",
]


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize("password", ["wrong password", "x", "x" * 100_000, "\0"])
async def test_nobody_is_refused_as_a_wrong_password_is(
    api: Api, alice: Browser, hasher: CountingHasher, password: str
):
    wrong = Browser(api, email=alice.email, password=password)
    refused = await refusal(wrong.sign_in())

    answers = [
        await refusal(Browser(api, email=email, password=password).sign_in())
        for email in STRANGERS
    ]

    assert answers == [refused] * len(STRANGERS)
    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    assert refused.reason == "INVALID_CREDENTIALS"
    assert refused.metadata == {}
    assert wrong.set_cookie is None
    # As much work for each: one hash at the same cost.
    costs = [extract_parameters(str(hash)) for hash in hasher.verified]
    assert costs == [costs[0]] * (1 + len(STRANGERS))


async def test_an_empty_password_is_a_missing_field(alice: Browser):
    alice.password = ""

    assert (await refusal(alice.sign_in())).reason == "INVALID_FIELD"


@pytest.mark.asvs("7.2.4")
async def test_signing_in_again_ends_the_session_that_the_browser_had(
    api: Api, database: Database, alice: Browser
):
    old = Browser(api, cookie=alice.cookie)

    await alice.sign_in()

    assert await sessions_of(database, alice) == 1
    assert (await refusal(old.refresh())).reason == "SESSION_ENDED"
    await alice.refresh()


async def test_a_forged_cookie_ends_nobodys_session(api: Api, alice: Browser):
    session = alice.session.name.rpartition("/")[2].replace("-", "")
    forger = await Browser(api).sign_up()
    forger.cookie = f"{session}.1.{'A' * 43}"

    await forger.sign_in()

    await alice.refresh()


@pytest.mark.asvs("11.2.2")
async def test_a_hash_is_renewed_when_the_parameters_have_risen(
    serve: Serve, redis_url: str, database: Database, alice: Browser
):
    async def stored() -> str:
        async with database.transaction() as connection:
            cursor = await connection.execute("SELECT password_hash FROM users")
            row = await cursor.fetchone()
        assert row
        return str(row[0])

    before = await stored()
    risen = CountingHasher(memory_cost=16)
    async with serve(redis_url, risen) as api:
        await Browser(api, email=alice.email).sign_in()
        renewed = await stored()
        await Browser(api, email=alice.email).sign_in()

    assert extract_parameters(before).memory_cost == 8
    assert extract_parameters(renewed).memory_cost == 16
    assert renewed == await stored()
    await alice.sign_in()


async def test_sessions_that_expired_are_taken_away_little_by_little(
    database: Database, clock: Clock, alice: Browser
):
    store = PostgresSessions(database)
    user_id = Session.begin(await only_user(database), clock()).user_id
    for _ in range(25):
        await store.add(Session.begin(user_id, clock()), version=1)
    clock.ahead += Session.begin(user_id, clock()).expire_time - clock()

    left = []
    for _ in range(3):
        await store.add(Session.begin(user_id, clock()), version=1)
        left.append(await sessions_of(database, alice))

    assert left == [17, 8, 3]


@pytest.mark.asvs("2.3.2")
async def test_a_user_has_so_many_sessions_and_no_more(
    database: Database, clock: Clock, alice: Browser
):
    store, user_id = PostgresSessions(database), await only_user(database)
    for _ in range(MAX_SESSIONS - 1):
        await store.add(Session.begin(user_id, clock()), version=1)
    oldest = Browser(alice.api, cookie=alice.cookie)

    await Browser(alice.api, email=alice.email).sign_in()

    assert await sessions_of(database, alice) == MAX_SESSIONS
    assert (await refusal(oldest.refresh())).reason == "SESSION_ENDED"


async def test_a_sign_in_that_the_users_deletion_overtakes_is_refused(
    api: Api, database: Database, alice: Browser
):
    elsewhere = Browser(api, email=alice.email)

    async with database.transaction() as deletion:
        await deletion.execute("DELETE FROM users")
        signing_in = asyncio.create_task(refusal(elsewhere.sign_in()))
        async with asyncio.timeout(10):
            while not await waiting(database):
                continue

    assert (await signing_in).reason == "INVALID_CREDENTIALS"
    assert await sessions_of(database, alice) == 0


async def test_somebody_signs_in_many_times_at_once(api: Api, alice: Browser):
    others = [Browser(api, email=alice.email, address="192.0.2.1") for _ in range(10)]

    await asyncio.gather(*(other.sign_in() for other in others))

    for other in others:
        await other.refresh()


@pytest.mark.asvs("7.4.3")
async def test_a_sign_in_that_another_password_overtakes_is_refused(
    api: Api, database: Database, alice: Browser
):
    elsewhere = Browser(api, email=alice.email)

    async with database.transaction() as change:
        await change.execute("UPDATE users SET version = version + 1")
        signing_in = asyncio.create_task(refusal(elsewhere.sign_in()))
        async with asyncio.timeout(10):
            while not await waiting(database):
                continue

    assert (await signing_in).reason == "INVALID_CREDENTIALS"
    assert await sessions_of(database, alice) == 1


async def waiting(database: Database) -> bool:
    """Say whether a transaction waits for another one."""
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT FROM pg_locks WHERE NOT granted")
    return bool(cursor.rowcount)


async def only_user(database: Database):
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT id FROM users")
        row = await cursor.fetchone()
    assert row
    return row[0]
