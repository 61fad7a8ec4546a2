"""InvitationService: who may sign up."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest

from parley.auth.v1 import invitation_service_pb2 as pb
from parley.auth.v1 import policy_service_pb2 as policy_pb
from services.auth.invitations.model import LIFE
from services.auth.roles.model import GUEST
from services.kit.postgres import Database
from tests.auth.administering import (
    P,
    account,
    change_policy,
    claims,
    disable,
    invite,
    make_group,
    make_role,
    scope,
    set_role,
)
from tests.auth.browser import Api, Browser, new_email
from tests.auth.conftest import Clock
from tests.calls import refusal

INVITED = policy_pb.Policy.SIGN_UP_INVITATION


async def ids(by: Browser) -> list[str]:
    request = pb.ListInvitationsRequest()
    found = await by.call(by.api.invitations.ListInvitations, request)
    return [each.name for each in found.invitations]


async def test_who_is_invited_has_the_role_and_the_groups_from_the_beginning(
    api: Api, alice: Browser
):
    group = await make_group(alice, "Sales")
    email = new_email()
    made = await invite(alice, email=email, role="roles/guest", groups=[group.name])

    bob = await Browser(api, email=email).sign_up(invitation_token=made.token)

    assert said(bob) == (GUEST, [group.name.removeprefix("groups/")])
    assert (await account(alice, bob)).role == "roles/guest"
    assert await ids(alice) == []


def said(person: Browser) -> tuple[frozenset[str], list[str]]:
    found = claims(person.token)
    return frozenset(found["scope"].split()), list(found.get("groups", ()))


async def test_an_invitation_is_used_once_also_by_fifty_at_the_same_time(
    api: Api, alice: Browser
):
    await change_policy(alice, sign_up=INVITED)
    made = await invite(alice, domain="example.com")

    ended = await asyncio.gather(
        *(
            Browser(api, address=f"203.0.113.{each}").sign_up(
                invitation_token=made.token
            )
            for each in range(50)
        ),
        return_exceptions=True,
    )

    assert len([each for each in ended if isinstance(each, Browser)]) == 1


async def test_an_invitation_is_for_its_address_or_domain_alone(
    api: Api, alice: Browser
):
    personal = await invite(alice, email=new_email())
    of_domain = await invite(alice, domain="example.org")

    for token in (personal.token, of_domain.token, "guess", "ü" * 50):
        refused = await refusal(Browser(api).sign_up(invitation_token=token))
        assert refused.code is grpc.StatusCode.PERMISSION_DENIED
        assert refused.reason == "INVITATION_ENDED"
    await Browser(api, email="bob@example.org").sign_up(
        invitation_token=of_domain.token
    )


async def test_an_invitation_ends(api: Api, alice: Browser, clock: Clock):
    made = await invite(alice)

    clock.ahead = LIFE + timedelta(seconds=1)

    refused = await refusal(Browser(api).sign_up(invitation_token=made.token))
    assert refused.reason == "INVITATION_ENDED"


async def test_an_invitation_is_taken_back(api: Api, alice: Browser):
    made = await invite(alice)
    request = pb.DeleteInvitationRequest(name=made.invitation.name)

    await alice.call(api.invitations.DeleteInvitation, request)
    await alice.call(api.invitations.DeleteInvitation, request)

    refused = await refusal(Browser(api).sign_up(invitation_token=made.token))
    assert refused.reason == "INVITATION_ENDED"


async def test_mail_takes_an_address(alice: Browser):
    refused = await refusal(invite(alice, send_mail=True, domain="example.com"))

    assert refused.metadata["field"] == "invitation.email"


async def test_a_retry_makes_no_second_invitation_and_ends_the_first_token(
    api: Api, alice: Browser
):
    id = str(uuid4())

    first = await invite(alice, request_id=id)
    again = await invite(alice, request_id=id)

    assert first.invitation.name == again.invitation.name
    assert await ids(alice) == [first.invitation.name]
    old = await refusal(Browser(api).sign_up(invitation_token=first.token))
    assert old.reason == "INVITATION_ENDED"
    other = await refusal(invite(alice, request_id=id, role="roles/guest"))
    assert other.reason == "REQUEST_ID_REUSED"
    await Browser(api).sign_up(invitation_token=again.token)
    used = await refusal(invite(alice, request_id=id))
    assert used.reason == "REQUEST_ID_REUSED"


async def test_no_token_is_stored(alice: Browser, database: Database):
    made = await invite(alice)

    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT invitations::text FROM invitations")
        (row,) = await cursor.fetchall()

    assert len(made.token) == 43
    assert made.token not in row[0]


@pytest.mark.asvs("14.2.7")
async def test_of_who_was_invited_and_has_left_no_address_stays(
    api: Api, alice: Browser, database: Database
):
    email = new_email()
    made = await invite(alice, email=email)
    bob = await Browser(api, email=email).sign_up(invitation_token=made.token)

    await bob.delete_user()

    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT invitations::text FROM invitations")
        rows = await cursor.fetchall()
    assert len(rows) == 1
    assert email not in rows[0][0]


@pytest.mark.asvs("8.3.1")
async def test_nobody_invites_to_more_than_they_may(alice: Browser, mallory: Browser):
    await make_role(alice, "host", P.PERMISSION_INVITATIONS_WRITE, P.PERMISSION_CHAT)
    admins = await make_group(alice, "Admins", role="admin")
    await set_role(alice, mallory, "host")
    await mallory.refresh()

    for fields in ({"role": "roles/owner"}, {"groups": [admins.name]}):
        refused = await refusal(invite(mallory, **fields))
        assert refused.reason == "RIGHTS_EXCEEDED"
    assert (await invite(mallory)).invitation.creator == mallory.user


@pytest.mark.asvs("8.3.1", "8.3.2")
@pytest.mark.parametrize("now", ["member", "host"])
async def test_an_invitation_is_good_as_long_as_its_maker_may_make_it(
    api: Api, alice: Browser, mallory: Browser, now: str
):
    await make_role(alice, "host", P.PERMISSION_INVITATIONS_WRITE)
    admins = await make_group(alice, "Admins", role="admin")
    await set_role(alice, mallory, "admin")
    await mallory.refresh()
    made = [
        await invite(mallory, role="roles/admin"),
        await invite(mallory, groups=[admins.name]),
    ]

    await set_role(alice, mallory, now)
    for each in made:
        refused = await refusal(Browser(api).sign_up(invitation_token=each.token))
        assert refused.reason == "INVITATION_ENDED"
    await set_role(alice, mallory, "admin")
    for each in made:
        invited = await Browser(api).sign_up(invitation_token=each.token)
        assert "users_write" in await scope(invited)


@pytest.mark.asvs("8.3.2")
async def test_who_is_disabled_lets_nobody_in_any_more(
    api: Api, alice: Browser, mallory: Browser
):
    await set_role(alice, mallory, "admin")
    await mallory.refresh()
    made = await invite(mallory)

    await disable(alice, mallory)

    refused = await refusal(Browser(api).sign_up(invitation_token=made.token))
    assert refused.reason == "INVITATION_ENDED"


async def test_who_has_an_account_is_not_invited(alice: Browser, mallory: Browser):
    refused = await refusal(invite(alice, email=mallory.email.upper()))

    assert refused.reason == "EMAIL_TAKEN"
