"""AuditService, called as clients call it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import grpc
import pytest
from tenacity import AsyncRetrying, stop_after_delay, wait_fixed

from parley.auth.v1 import account_service_pb2 as account_pb
from parley.auth.v1 import audit_service_pb2 as pb
from parley.auth.v1.audit_service_pb2_grpc import AuditServiceStub
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from services.kit.postgres import Database
from tests.auth.audit.conftest import Tamper, verified
from tests.auth.browser import PASSWORD, Api, Browser
from tests.auth.conftest import Clock
from tests.calls import everything, refusal

SUCCESS, FAILURE, DENIED = (
    pb.AUDIT_OUTCOME_SUCCESS,
    pb.AUDIT_OUTCOME_FAILURE,
    pb.AUDIT_OUTCOME_DENIED,
)

UNKNOWN: Any = 9


@pytest.fixture
async def owner(api: Api) -> Browser:
    """The first who signs up, who may do everything."""
    browser = Browser(api, address="192.0.2.1")
    return await browser.sign_up()


@pytest.fixture
async def member(owner: Browser, api: Api) -> Browser:
    """The second, who may not."""
    browser = Browser(api, address="192.0.2.2")
    return await browser.sign_up()


def call(browser: Browser, method: str, request: Any) -> Any:
    """Call the audit service."""
    return getattr(AuditServiceStub(browser.api.channel), method)(
        request, metadata=browser.metadata, timeout=30
    )


async def listed(browser: Browser, **wanted: Any) -> list[pb.AuditEvent]:
    """List events, the oldest first."""
    request = pb.ListAuditEventsRequest(**wanted)
    answer = await call(browser, "ListAuditEvents", request)
    return list(reversed(answer.audit_events))


async def mine(browser: Browser, **wanted: Any) -> list[pb.AuditEvent]:
    """List the events about who asks, the oldest first."""
    request = pb.ListUserAuditEventsRequest(parent=browser.user, **wanted)
    answer = await call(browser, "ListUserAuditEvents", request)
    return list(reversed(answer.audit_events))


def short(events: list[pb.AuditEvent]) -> list[tuple[str, int]]:
    """Say what happened, and how it ended."""
    return [(event.action, event.outcome) for event in events]


@pytest.mark.asvs("16.2.1", "16.3.1")
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
    assert abs(last.create_time.ToDatetime().timestamp()) > 0
    assert not last.place.salt


@pytest.mark.asvs("16.3.1", "16.3.3")
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


@pytest.mark.asvs("16.3.3", "6.3.1")
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
    await asyncio.gather(
        *(refusal(member.get_user(owner.user)) for _ in range(50)),
    )

    found = await listed(owner, action="access.denied")

    assert len(found) == 20


@pytest.mark.asvs("8.2.1")
async def test_only_who_may_read_the_log_reads_it(owner: Browser, member: Browser):
    for method, request in (
        ("ListAuditEvents", pb.ListAuditEventsRequest()),
        ("ExportAuditEvents", pb.ExportAuditEventsRequest()),
        ("VerifyAuditLog", pb.VerifyAuditLogRequest()),
        ("ListUserAuditEvents", pb.ListUserAuditEventsRequest(parent=owner.user)),
    ):
        refused = await refusal(call(member, method, request))

        assert refused.code is grpc.StatusCode.PERMISSION_DENIED, method

    assert short(await mine(member)) == [
        ("user.create", SUCCESS),
        ("session.create", SUCCESS),
        *[("access.denied", DENIED)] * 4,
    ]


async def test_lists_by_user_action_outcome_and_time(
    owner: Browser, member: Browser, api: Api, clock: Clock
):
    middle = clock()
    clock.ahead += clock.minute
    await refusal(Browser(api, email=owner.email, password="wrong").sign_in())

    of_member = await listed(owner, user=member.user)
    of_sessions = await listed(owner, action="session")
    of_nothing = await listed(owner, action="sess")
    failed = await listed(owner, outcome=FAILURE)
    before, after = pb.ListAuditEventsRequest(), pb.ListAuditEventsRequest()
    before.end_time.FromDatetime(middle)
    after.start_time.FromDatetime(middle)
    early = (await call(owner, "ListAuditEvents", before)).audit_events
    late = (await call(owner, "ListAuditEvents", after)).audit_events

    assert [it.index for it in of_member] == [3, 4]
    assert [it.index for it in of_sessions] == [2, 4, 5]
    assert of_nothing == []
    assert [it.index for it in failed] == [5]
    assert [it.index for it in early] == [4, 3, 2, 1]
    assert [it.index for it in late] == [5]


async def test_pages_lead_to_everything_once(owner: Browser, member: Browser):
    found: list[int] = []
    token = ""
    while True:
        request = pb.ListAuditEventsRequest(page_size=3, page_token=token)
        answer = await call(owner, "ListAuditEvents", request)
        found += [it.index for it in answer.audit_events]
        token = answer.next_page_token
        if not token:
            break

    assert found == [4, 3, 2, 1]


REFUSED = [
    ("ListAuditEvents", pb.ListAuditEventsRequest(user="users/x"), "INVALID_NAME"),
    ("ListAuditEvents", pb.ListAuditEventsRequest(page_size=-1), "INVALID_PAGE"),
    ("ListAuditEvents", pb.ListAuditEventsRequest(page_token="x"), "INVALID_PAGE"),
    ("ListAuditEvents", pb.ListAuditEventsRequest(outcome=UNKNOWN), "INVALID_FIELD"),
    ("ExportAuditEvents", pb.ExportAuditEventsRequest(after_index=9), "INVALID_FIELD"),
    ("ExportAuditEvents", pb.ExportAuditEventsRequest(after_index=-1), "INVALID_FIELD"),
    ("VerifyAuditLog", pb.VerifyAuditLogRequest(expected="1"), "INVALID_FIELD"),
    ("VerifyAuditLog", pb.VerifyAuditLogRequest(expected="0:00"), "INVALID_FIELD"),
    (
        "VerifyAuditLog",
        pb.VerifyAuditLogRequest(expected=f"{2**64}:{'00' * 32}"),
        "INVALID_FIELD",
    ),
]


@pytest.mark.parametrize(("method", "request_", "reason"), REFUSED)
async def test_what_cannot_be_asked_is_refused(
    owner: Browser, method: str, request_: Any, reason: str
):
    refused = await refusal(call(owner, method, request_))

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == reason


async def steps(browser: Browser, expected: str = "") -> list[Any]:
    """Verify; return everything that is said."""
    request = pb.VerifyAuditLogRequest(expected=expected)
    return await everything(call(browser, "VerifyAuditLog", request))


@pytest.mark.asvs("16.4.2")
async def test_verifies_and_names_the_first_wrong_index(
    owner: Browser, member: Browser, tamper: Tamper
):
    *_, good = await steps(owner)
    head = good.verified.head
    known = f"{head.index}:{head.hash.hex()}"
    *_, still_good = await steps(owner, known)
    *_, set_back = await steps(owner, f"{head.index}:{'00' * 32}")
    await tamper("UPDATE audit_events SET subject = 'users/-' WHERE index = 3")

    *_, broken = await steps(owner)

    assert good.verified.verified_count == 4
    assert still_good.HasField("verified")
    assert set_back.broken.index == 4
    assert set_back.broken.problem == pb.VerifyAuditLogResponse.Problem.PROBLEM_SET_BACK
    assert broken.broken.index == 3
    assert broken.broken.problem == pb.VerifyAuditLogResponse.Problem.PROBLEM_EDITED


@pytest.mark.asvs("14.2.6")
async def test_after_the_deletion_of_an_account_nothing_tells_where_its_owner_was(
    owner: Browser,
    member: Browser,
    records: PostgresRecords,
    keys: AuditKeys,
    tamper: Tamper,
):
    await refusal(member.get_user(owner.user))
    user = member.user
    await member.delete_user()

    events = await listed(owner, user=user)

    assert ("user.delete", SUCCESS) in short(events)
    assert not any(event.HasField("place") for event in events)
    result = await verified(records, keys)
    assert isinstance(result, Verified)
    assert result.erased_places == len(events)
    assert (await listed(owner, user=owner.user))[0].HasField("place")


async def test_without_the_deletion_the_same_is_found_out(
    owner: Browser,
    member: Browser,
    tamper: Tamper,
):
    await tamper("DELETE FROM audit_places WHERE index >= 3")

    *_, last = await steps(owner)

    assert last.broken.index == 3
    assert last.broken.problem == pb.VerifyAuditLogResponse.Problem.PROBLEM_DELETED


@pytest.fixture
async def exported(owner: Browser, member: Browser) -> list[Any]:
    """An export of four events."""
    return await everything(
        call(owner, "ExportAuditEvents", pb.ExportAuditEventsRequest())
    )


async def test_an_export_begins_and_ends_with_what_is_signed(exported: list[Any]):
    kinds = [part.WhichOneof("part") for part in exported]

    assert kinds == ["begin", *["record"] * 4, "head"]
    assert exported[-1].head.index == 4
    assert exported[-1].head.hash == exported[-2].record.mark.hash
    assert len(exported[1].record.place.salt) == 32


async def test_an_export_goes_on_where_another_ended(owner: Browser, exported):
    request = pb.ExportAuditEventsRequest(after_index=3)

    parts = await everything(call(owner, "ExportAuditEvents", request))

    assert [part.WhichOneof("part") for part in parts] == ["begin", "record", "head"]
    assert parts[0].begin.base == exported[3].record.mark


async def has(records: PostgresRecords, action: str) -> bool:
    """Tell whether something is recorded."""
    return any(it.entry.action == action for it in await records.after(0, 100))


@pytest.mark.asvs("16.5.3")
async def test_when_an_event_cannot_be_recorded_nobody_is_signed_in(
    owner: Browser, api: Api, database: Database
):
    again = Browser(api, email=owner.email)
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM audit_head FOR UPDATE")
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
