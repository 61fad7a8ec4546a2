"""PolicyService: who may sign up, and what people need."""

import asyncio

import grpc
import pytest

from parley.auth.v1 import policy_service_pb2 as policy_pb
from services.auth.roles.model import GUEST, MEMBER
from tests.auth.administering import (
    change_policy,
    invite,
    join,
    make_group,
    scope,
)
from tests.auth.browser import Api, Browser
from tests.calls import refusal

OPEN = policy_pb.Policy.SIGN_UP_OPEN
INVITED = policy_pb.Policy.SIGN_UP_INVITATION
DOMAINS = policy_pb.Policy.SIGN_UP_DOMAINS


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


@pytest.mark.asvs("15.4.2")
async def test_changes_of_a_policy_at_the_same_time_are_all_made(alice: Browser):
    for _ in range(5):
        await change_policy(alice, sign_up=OPEN, second_factor_roles=[])

        await asyncio.gather(
            change_policy(alice, sign_up=INVITED),
            change_policy(alice, default_role="roles/guest"),
            change_policy(alice, domains=["b.org"]),
            change_policy(alice, second_factor_roles=["roles/admin"]),
        )

        policy = await change_policy(alice, default_role="roles/member")
        assert (policy.sign_up, list(policy.domains)) == (INVITED, ["b.org"])
        assert list(policy.second_factor_roles) == ["roles/admin"]


@pytest.mark.asvs("6.3.3")
async def test_who_has_a_role_by_a_group_needs_the_second_factor_for_it(
    alice: Browser, mallory: Browser
):
    group = await make_group(alice, "Admins", role="admin")
    await change_policy(alice, second_factor_roles=["roles/admin"])
    before = await scope(mallory)

    await join(alice, group, mallory)

    assert before == MEMBER
    assert await scope(mallory) == {"account"}


async def test_members_decide_nothing(alice: Browser, mallory: Browser):
    assert await scope(mallory) == MEMBER

    for call in (invite(mallory), change_policy(mallory, sign_up=INVITED)):
        assert (await refusal(call)).reason == "PERMISSION_MISSING"
