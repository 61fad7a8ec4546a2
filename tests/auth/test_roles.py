"""RoleService, and what roles make of tokens."""

import asyncio

import grpc
import pytest

from parley.auth.v1 import role_service_pb2 as pb
from services.auth.roles.model import ADMIN, GUEST, MEMBER, OWNER
from tests.auth.administering import (
    P,
    account,
    change_policy,
    make_role,
    scope,
    set_role,
)
from tests.auth.browser import Api, Browser
from tests.auth.told import Told
from tests.calls import refusal

# Who comes first owns the installation: alice, whom the fixture signs up first.


async def test_the_first_person_owns_the_installation_and_the_next_is_a_member(
    alice: Browser, mallory: Browser
):
    assert await scope(alice) == OWNER
    assert await scope(mallory) == MEMBER


@pytest.mark.asvs("8.2.1", "8.3.2")
@pytest.mark.parametrize(
    ("role", "allows"), [("guest", GUEST), ("admin", ADMIN), ("owner", OWNER)]
)
async def test_a_role_takes_effect_at_the_next_token_and_ends_those_before(
    alice: Browser, mallory: Browser, told: Told, role: str, allows: frozenset[str]
):
    assert (await set_role(alice, mallory, role)).role == f"roles/{role}"

    assert await told.users() == [(mallory.user, 2)]
    assert await scope(mallory) == allows


async def test_giving_the_same_role_again_changes_nothing(
    alice: Browser, mallory: Browser, told: Told
):
    await set_role(alice, mallory, "guest")
    await set_role(alice, mallory, "guest")

    assert await told.users() == [(mallory.user, 2)]


async def test_a_role_of_ones_own_allows_what_it_says(alice: Browser, mallory: Browser):
    made = await make_role(alice, "auditor", P.PERMISSION_CHAT, P.PERMISSION_AUDIT_READ)

    await set_role(alice, mallory, "auditor")

    assert not made.built_in
    assert await scope(mallory) == {"chat", "audit_read"}
    shown = await account(alice, mallory)
    assert list(shown.permissions) == [P.PERMISSION_CHAT, P.PERMISSION_AUDIT_READ]


async def test_a_change_of_a_role_reaches_all_who_have_it(
    alice: Browser, mallory: Browser, told: Told
):
    role = await make_role(alice, "auditor", P.PERMISSION_CHAT)
    await set_role(alice, mallory, "auditor")
    request = pb.UpdateRoleRequest(role=role)
    request.role.permissions[:] = [P.PERMISSION_TOOLS]
    request.update_mask.paths.append("permissions")

    changed = (await alice.call(alice.api.roles.UpdateRole, request)).role

    assert changed.display_name == "Auditor"
    assert (await told.users())[-1] == (mallory.user, 3)
    assert await scope(mallory) == {"tools"}


async def test_making_the_same_role_again_is_no_error_and_another_one_is(
    alice: Browser,
):
    await make_role(alice, "auditor", P.PERMISSION_CHAT)
    await make_role(alice, "auditor", P.PERMISSION_CHAT)

    refused = await refusal(make_role(alice, "auditor", P.PERMISSION_TOOLS))

    assert refused.code is grpc.StatusCode.ALREADY_EXISTS
    assert refused.reason == "ROLE_TAKEN"
    assert refused.metadata == {"role": "roles/auditor"}


@pytest.mark.parametrize("id", ["owner", "admin", "member", "guest"])
async def test_roles_that_there_always_are_stay_as_they_are(alice: Browser, id: str):
    name = f"roles/{id}"
    update = pb.UpdateRoleRequest(role=pb.Role(name=name, display_name="Mine"))
    delete = pb.DeleteRoleRequest(name=name)
    api = alice.api.roles

    assert (await refusal(make_role(alice, id))).reason == "ROLE_TAKEN"
    assert (await refusal(alice.call(api.UpdateRole, update))).reason == "ROLE_FIXED"
    assert (await refusal(alice.call(api.DeleteRole, delete))).reason == "ROLE_FIXED"


async def test_no_role_of_ones_own_gives_roles(alice: Browser):
    refused = await refusal(make_role(alice, "second", P.PERMISSION_ROLES_WRITE))

    assert refused.code is grpc.StatusCode.PERMISSION_DENIED
    assert refused.reason == "RIGHTS_EXCEEDED"


@pytest.mark.asvs("8.2.1")
async def test_the_role_of_whoever_signs_up_is_never_made_to_administer(
    alice: Browser,
):
    role = await make_role(alice, "basic", P.PERMISSION_CHAT)
    await change_policy(alice, default_role=role.name)
    request = pb.UpdateRoleRequest(role=role)
    request.update_mask.paths.append("permissions")

    request.role.permissions[:] = [P.PERMISSION_CHAT, P.PERMISSION_AUDIT_READ]
    refused = await refusal(alice.call(alice.api.roles.UpdateRole, request))
    request.role.permissions[:] = [P.PERMISSION_CHAT, P.PERMISSION_TOOLS]
    await alice.call(alice.api.roles.UpdateRole, request)

    assert refused.reason == "ROLE_IN_USE"
    assert await scope(await Browser(alice.api).sign_up()) == {"chat", "tools"}


@pytest.mark.parametrize("name", ["", " ", "a" * 101, "a\nb", "a\u202eb"])
async def test_what_a_role_is_called_is_short_and_one_line(alice: Browser, name: str):
    role = pb.Role(name="roles/basic", display_name=name)
    request = pb.CreateRoleRequest(role=role)

    refused = await refusal(alice.call(alice.api.roles.CreateRole, request))

    assert refused.reason == "INVALID_FIELD"


async def test_a_role_that_somebody_has_is_not_deleted(
    alice: Browser, mallory: Browser
):
    role = await make_role(alice, "auditor", P.PERMISSION_CHAT)
    request = pb.DeleteRoleRequest(name=role.name)
    await set_role(alice, mallory, "auditor")

    refused = await refusal(alice.call(alice.api.roles.DeleteRole, request))
    await set_role(alice, mallory, "member")
    await alice.call(alice.api.roles.DeleteRole, request)
    await alice.call(alice.api.roles.DeleteRole, request)

    assert refused.reason == "ROLE_IN_USE"
    gone = pb.GetRoleRequest(name=role.name)
    found = await refusal(alice.call(alice.api.roles.GetRole, gone))
    assert found.reason == "ROLE_NOT_FOUND"


async def test_roles_are_paged_those_that_there_always_are_first(alice: Browser):
    for id in ("ba", "aa", "ca"):
        await make_role(alice, id, P.PERMISSION_CHAT)

    names, token = [], ""
    while True:
        request = pb.ListRolesRequest(page_size=2, page_token=token)
        page = await alice.call(alice.api.roles.ListRoles, request)
        assert len(page.roles) <= 2
        names += [role.name.removeprefix("roles/") for role in page.roles]
        if not (token := page.next_page_token):
            break

    assert names == ["owner", "admin", "member", "guest", "aa", "ba", "ca"]


@pytest.mark.parametrize(
    "name",
    [
        "auditor",
        "roles/",
        "roles/A",
        "roles/1a",
        "roles/a/b",
        "roles/" + "a" * 41,
        "users/auditor",
        "roles/a'; DROP TABLE roles; --",
        "roles/ä",
    ],
)
async def test_a_malformed_name_is_refused(alice: Browser, name: str):
    request = pb.GetRoleRequest(name=name)

    refused = await refusal(alice.call(alice.api.roles.GetRole, request))

    assert refused.reason == "INVALID_NAME"


async def test_a_role_that_there_is_not_is_given_to_nobody(
    alice: Browser, mallory: Browser
):
    assert (await refusal(set_role(alice, mallory, "none"))).reason == "ROLE_NOT_FOUND"


@pytest.mark.asvs("8.3.1")
async def test_roles_are_the_owners_to_give(api: Api, alice: Browser, mallory: Browser):
    await set_role(alice, mallory, "admin")
    await mallory.refresh()
    bob = await Browser(api).sign_up()

    for call in (
        set_role(mallory, bob, "guest"),
        set_role(mallory, mallory, "owner"),
        make_role(mallory, "mine", P.PERMISSION_CHAT),
    ):
        refused = await refusal(call)
        assert refused.reason == "PERMISSION_MISSING"
        assert refused.metadata == {"permission": "roles_write"}


async def test_one_owner_stays_whatever_several_do_at_the_same_time(
    api: Api, alice: Browser, mallory: Browser
):
    assert (await refusal(set_role(alice, alice, "member"))).reason == "LAST_OWNER"
    assert (await refusal(alice.delete_user())).reason == "LAST_OWNER"
    await set_role(alice, mallory, "owner")
    await mallory.refresh()

    ended = await asyncio.gather(
        set_role(alice, alice, "member"),
        set_role(mallory, mallory, "member"),
        return_exceptions=True,
    )

    refused = [each for each in ended if isinstance(each, grpc.aio.AioRpcError)]
    assert [each.details() for each in refused] == [
        "One owner there has to be. Make another one first."
    ]
