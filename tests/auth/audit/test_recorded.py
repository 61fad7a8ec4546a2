"""What happens is recorded, or does not happen."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC
from functools import partial
from time import monotonic

import grpc
import pytest
from tenacity import AsyncRetrying, stop_after_delay, wait_fixed

from parley.auth.v1 import account_service_pb2 as account_pb
from services.auth.audit.store import PostgresRecords
from services.kit.addresses import MAX_USER_AGENT
from services.kit.postgres import Database
from tests.auth.audit.asking import DENIED, FAILURE, SUCCESS, listed, short
from tests.auth.browser import PASSWORD, Api, Browser
from tests.auth.conftest import Clock
from tests.auth.factors.people import add_app
from tests.calls import refusal


@pytest.mark.asvs("16.2.1", "16.2.2", "16.3.1")
async def test_signing_up_in_and_out_is_recorded_with_who_when_and_where(
    owner: Browser, api: Api, clock: Clock
):
    again = Browser(api, email=owner.email, address="198.51.100.7")
    await again.sign_in()
    session = again.session.name
    await again.sign_out()

    events = await listed(owner)

    assert short(events) == [
        ("user.create", SUCCESS),
        ("session.create", SUCCESS),
        ("session.create", SUCCESS),
        ("session.delete", SUCCESS),
    ]
    last = events[-1]
    assert last.name == "auditEvents/4"
    assert last.index == 4
    assert last.actor == last.user == owner.user
    assert last.subject == session
    assert last.session == session.rpartition("/")[2]
    assert last.place.address == "198.51.100.7"
    assert "grpc" in last.place.user_agent
    assert clock() - last.create_time.ToDatetime(UTC) < clock.minute
    assert dict(last.details) == {"methods": "pwd"}
    assert not last.place.salt


@pytest.mark.asvs("16.3.1", "16.3.2", "16.3.3")
async def test_what_is_refused_is_recorded(owner: Browser, api: Api, clock: Clock):
    name = owner.user
    wrong = Browser(api, email=owner.email, password="wrong", address="198.51.100.7")
    unknown = Browser(api, address="198.51.100.7")
    taken = Browser(api, email=owner.email, address="198.51.100.7")
    await refusal(wrong.sign_in())
    await refusal(unknown.sign_in())
    await refusal(unknown.sign_in())
    await refusal(taken.sign_up())
    thief = Browser(api, cookie=owner.cookie, address="198.51.100.7")
    await owner.refresh()
    clock.ahead += clock.minute
    await refusal(thief.refresh())
    clock.ahead -= clock.minute
    other = await Browser(api).sign_up()
    await refusal(other.delete_user(owner.user))
    other.password = "wrong"
    await refusal(other.delete_user())
    again = await Browser(api, email=owner.email).sign_in()

    events = await listed(again)

    assert [it for it in short(events) if it[1] != SUCCESS] == [
        ("session.create", FAILURE),
        ("session.create", FAILURE),
        ("session.create", FAILURE),
        ("user.create", FAILURE),
        ("session.reuse", DENIED),
        ("access.denied", DENIED),
        ("user.delete", FAILURE),
    ]
    known, one, another, sign_up, _, denied, _ = [
        it for it in events if it.outcome != SUCCESS
    ]
    assert (known.actor, known.user) == ("", name)
    assert known.stranger == ""
    assert one.stranger == another.stranger != sign_up.stranger
    assert len(one.stranger) == 64
    assert denied.actor == other.user
    assert denied.details["rpc"].endswith("/DeleteUser")
    assert owner.email not in str(events)
    assert unknown.email not in str(events)


@pytest.mark.asvs("16.3.3")
async def test_too_many_attempts_are_recorded_once(owner: Browser, api: Api):
    guesser = Browser(api, email=owner.email, password="wrong", address="198.51.100.7")
    for _ in range(14):
        await refusal(guesser.sign_in())

    found = await listed(owner, action="attempts")

    assert short(found) == [("attempts.exceeded", DENIED)]
    assert found[0].place.address == "198.51.100.7"
    assert dict(found[0].details) == {"kind": "password", "by": "pair"}
    assert len(await listed(owner, outcome=FAILURE)) == 10


async def test_who_goes_on_asking_for_what_they_may_not_fills_no_log(
    owner: Browser, member: Browser
):
    began = monotonic()
    await asyncio.gather(
        *(refusal(member.get_user(owner.user)) for _ in range(50)),
    )
    minutes = (monotonic() - began) / 60

    found = await listed(owner, action="access.denied")

    assert 20 <= len(found) <= 20 + 10 * minutes


async def has(records: PostgresRecords, action: str) -> bool:
    """Tell whether something is recorded."""
    return any(it.entry.action == action for it in await records.after(0, 100))


@pytest.mark.asvs("16.5.3")
async def test_when_an_event_cannot_be_recorded_nobody_is_signed_in(
    owner: Browser, api: Api, database: Database
):
    again = Browser(api, email=owner.email)
    async with database.transaction() as connection:
        await connection.execute("LOCK TABLE audit_pending IN SHARE MODE")
        refused = await refusal(again.sign_in())

    assert refused.code is grpc.StatusCode.UNAVAILABLE
    assert again.cookie == again.token == ""
    await again.sign_in()


async def test_who_leaves_in_the_middle_of_a_call_leaves_a_record_of_it(
    owner: Browser, member: Browser, database: Database, records: PostgresRecords
):
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM users FOR UPDATE")
        request = account_pb.DeleteUserRequest(name=member.user, password=PASSWORD)
        call = member.api.accounts.DeleteUser(request, metadata=member.metadata)
        await wait_for_waiting(database)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        # What comes later through the same connection has let the other overtake it.
        await owner.get_user()

    await until(partial(has, records, "user.delete"))


async def wait_for_waiting(database: Database) -> None:
    """Wait until somebody waits for a lock."""

    async def found() -> bool:
        async with database.statement() as connection:
            query = "SELECT FROM pg_locks WHERE NOT granted"
            return bool((await connection.execute(query)).rowcount)

    await until(found)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async for attempt in AsyncRetrying(
        stop=stop_after_delay(10), wait=wait_fixed(0.02)
    ):
        with attempt:
            assert await true()


async def test_of_what_calls_so_much_is_kept_and_no_more(
    api: Api, owner: Browser, clock: Clock
):
    options = [("grpc.primary_user_agent", "x" * 5_000)]
    async with grpc.aio.insecure_channel(api.address, options) as channel:
        owner.api = Api(channel, api.address)
        await owner.sign_in()
        await add_app(owner, clock)
        events = await listed(owner)

    kept = [event.place.user_agent for event in events[-2:]]
    assert kept == ["x" * MAX_USER_AGENT] * 2
