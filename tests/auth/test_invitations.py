"""InvitationService and PolicyService: who may sign up."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest

from parley.auth.v1 import invitation_service_pb2 as pb
from parley.auth.v1 import policy_service_pb2 as policy_pb
from services.auth.invitations.model import LIFE
from services.auth.roles.model import GUEST, MEMBER
from services.kit.postgres import Database
from tests.auth.administering import (
    P,
    account,
    change_policy,
    claims,
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
DOMAINS = policy_pb.Policy.SIGN_UP_DOMAINS


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
    await Browser(api).sign_up(invitation_token=again.token)
    other = await refusal(invite(alice, request_id=id, role="roles/guest"))
    assert other.reason == "REQUEST_ID_REUSED"


async def test_no_token_is_stored(alice: Browser, database: Database):
    made = await invite(alice)

    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT invitations::text FROM invitations")
        (row,) = await cursor.fetchall()

    assert len(made.token) == 43
    assert made.token not in row[0]


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


async def test_who_has_an_account_is_not_invited(alice: Browser, mallory: Browser):
    refused = await refusal(invite(alice, email=mallory.email.upper()))

    assert refused.reason == "EMAIL_TAKEN"


async def test_without_invitation_nobody_signs_up_where_it_takes_one(
    api: Api, alice: Browser
):
    await change_policy(alice, sign_up=INVITED)

    refused = await refusal(Browser(api).sign_up())

    assert refused.code is grpc.StatusCode.PERMISSION_DENIED
    assert refused.reason == "SIGN_UP_CLOSED"
    made = await invite(alice)
    await Browser(api).sign_up(invitation_token=made.token)


async def test_of_an_installation_that_all_have_left_the_next_one_is_the_owner(
    api: Api, alice: Browser
):
    await change_policy(alice, sign_up=INVITED)
    await alice.delete_user()

    bob = await Browser(api).sign_up()

    assert "roles_write" in await scope(bob)


async def test_addresses_of_the_named_domains_sign_up(api: Api, alice: Browser):
    await change_policy(alice, sign_up=DOMAINS, domains=["Bücher.example", "b.org"])

    for email in ("eve@example.com", "eve@sub.b.org", "eve@b.org.evil.example"):
        refused = await refusal(Browser(api, email=email).sign_up())
        assert refused.reason == "SIGN_UP_CLOSED"
    await Browser(api, email="bob@B.org").sign_up()
    await Browser(api, email="bob@xn--bcher-kva.example").sign_up()


async def test_who_signs_up_gets_the_role_of_the_policy(api: Api, alice: Browser):
    await change_policy(alice, default_role="roles/guest")

    bob = await Browser(api).sign_up()

    assert await scope(bob) == GUEST


async def test_no_role_that_administers_is_given_to_whoever_signs_up(alice: Browser):
    for role in ("owner", "admin"):
        refused = await refusal(change_policy(alice, default_role=f"roles/{role}"))
        assert refused.reason == "RIGHTS_EXCEEDED"
    refused = await refusal(change_policy(alice, default_role="roles/none"))
    assert refused.reason == "ROLE_NOT_FOUND"


@pytest.mark.parametrize(
    "fields",
    [
        {"sign_up": 0},
        {"sign_up": 9},
        {"domains": ["not a domain"]},
        {"domains": ["b.org"] * 101},
        {"domains": ["@b.org"]},
        {"second_factor_roles": ["roles/guest"] * 101},
    ],
)
async def test_a_policy_that_says_nothing_is_refused(
    alice: Browser, fields: dict[str, object]
):
    assert (await refusal(change_policy(alice, **fields))).reason == "INVALID_FIELD"


async def test_a_policy_changes_only_where_the_mask_says(alice: Browser):
    await change_policy(alice, sign_up=DOMAINS, domains=["b.org"])

    policy = await change_policy(alice, second_factor_required=True)
    off = await change_policy(alice, second_factor_required=False)

    assert (policy.sign_up, list(policy.domains)) == (DOMAINS, ["b.org"])
    assert policy.second_factor_required
    assert not off.second_factor_required
    assert off.default_role == "roles/member"


async def test_members_decide_nothing(alice: Browser, mallory: Browser):
    assert await scope(mallory) == MEMBER

    for call in (invite(mallory), change_policy(mallory, sign_up=INVITED)):
        assert (await refusal(call)).reason == "PERMISSION_MISSING"
