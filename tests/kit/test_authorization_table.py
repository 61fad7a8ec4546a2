"""The page that says who may call what is what the protos say."""

from itertools import pairwise

import pytest

from services.auth.roles.model import ADMIN, GUEST, MEMBER, OWNER
from tools.authorization import PAGE, Row, page, rows


def from_outside(row: Row) -> bool:
    return not {"edge", "auth"}.isdisjoint(row.callers)


ROWS = {row.path: row for row in rows()}
READS = ("Check", "Export", "Get", "List", "Verify")


@pytest.mark.asvs("8.1.1")
def test_the_page_is_what_the_protos_say():
    assert PAGE.read_text() == page(), "write it anew: python -m tools.authorization"


def test_every_rpc_says_who_may_call_it_and_what_for():
    silent = [
        path
        for path, row in ROWS.items()
        if not row.callers
        or (
            row.token != "none"
            and {"edge", "auth"} & {*row.callers}
            and not row.permission
        )
    ]

    assert len(ROWS) > 120
    assert silent == []


@pytest.mark.asvs("8.2.1", "7.5.1")
def test_what_changes_the_rights_of_others_takes_somebody_who_showed_who_they_are():
    administrative = OWNER - MEMBER - {"scim"}
    lax = [
        row.method
        for row in ROWS.values()
        if row.permission in administrative
        and not row.method.startswith(READS)
        and not row.fresh
    ]

    # They give nobody anything: an end, and an invitation that is taken back.
    assert sorted(lax) == ["DeleteInvitation", "EndImpersonation"]


def test_roles_get_through_to_more_the_more_they_may():
    reached = [
        {path for path, row in ROWS.items() if row.passes(scope)}
        for scope in (frozenset(), GUEST, MEMBER, ADMIN, OWNER)
    ]

    assert all(less < more for less, more in pairwise(reached))


def test_no_administration_is_under_a_name_that_begins_with_its_caller():
    administrative = OWNER - MEMBER

    assert [
        row.method
        for row in ROWS.values()
        if row.permission in administrative and row.name_field
    ] == []
