"""AuditService, called as clients call it."""

from base64 import urlsafe_b64encode
from typing import Any

import grpc
import pytest

from parley.auth.v1 import audit_service_pb2 as pb
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from tests.auth.audit.asking import DENIED, FAILURE, SUCCESS, call, listed, mine, short
from tests.auth.audit.conftest import Tamper, verified
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.calls import everything, refusal

UNKNOWN: Any = 9


@pytest.mark.asvs("8.2.1", "16.4.2")
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


FAR = urlsafe_b64encode(str(2**63).encode()).decode()
REFUSED = [
    ("ListAuditEvents", pb.ListAuditEventsRequest(user="users/x"), "INVALID_NAME"),
    ("ListAuditEvents", pb.ListAuditEventsRequest(page_size=-1), "INVALID_PAGE"),
    ("ListAuditEvents", pb.ListAuditEventsRequest(page_token="x"), "INVALID_PAGE"),
    ("ListAuditEvents", pb.ListAuditEventsRequest(page_token=FAR), "INVALID_PAGE"),
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


@pytest.mark.asvs("14.2.7")
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
