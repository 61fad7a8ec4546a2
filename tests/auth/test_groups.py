"""GroupService, and what groups make of tokens."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from parley.auth.v1 import group_service_pb2 as pb
from services.auth.groups.model import MAX_GROUPS_OF_USER
from services.auth.groups.store import PostgresGroups
from services.auth.roles.model import MEMBER
from services.kit.postgres import Database
from tests.auth.administering import (
    P,
    account,
    claims,
    id_of,
    join,
    leave,
    make_group,
    make_role,
    scope,
    set_role,
)
from tests.auth.browser import Api, Browser
from tests.auth.told import Told
from tests.calls import refusal


async def test_a_token_names_the_groups_of_its_user(
    alice: Browser, mallory: Browser, told: Told
):
    group = await make_group(alice, "Sales")

    await join(alice, group, mallory)
    await join(alice, group, mallory)
    await mallory.refresh()

    assert claims(mallory.token)["groups"] == [group.name.removeprefix("groups/")]
    assert await told.users() == [(mallory.user, 2)]
    assert list((await account(alice, mallory)).groups) == [group.name]


async def test_who_leaves_is_named_no_more(alice: Browser, mallory: Browser):
    group = await make_group(alice, "Sales")
    await join(alice, group, mallory)

    await leave(alice, group, mallory)
    await leave(alice, group, mallory)
    await mallory.refresh()

    assert "groups" not in claims(mallory.token)


async def test_members_may_what_the_role_of_their_group_says_besides(
    alice: Browser, mallory: Browser, told: Told
):
    await make_role(alice, "auditor", P.PERMISSION_AUDIT_READ)
    group = await make_group(alice, "Auditors", role="auditor")

    await join(alice, group, mallory)
    within = await scope(mallory)
    delete = pb.DeleteGroupRequest(name=group.name)
    await alice.call(alice.api.groups.DeleteGroup, delete)

    assert within == MEMBER | {"audit_read"}
    assert await scope(mallory) == MEMBER
    assert await told.users() == [(mallory.user, 2), (mallory.user, 3)]


async def test_another_role_of_a_group_reaches_its_members(
    alice: Browser, mallory: Browser
):
    group = await make_group(alice, "Auditors")
    await join(alice, group, mallory)
    request = pb.UpdateGroupRequest(group=pb.Group(name=group.name, role="roles/admin"))

    changed = await alice.call(alice.api.groups.UpdateGroup, request)

    assert changed.group.display_name == "Auditors"
    assert "users_write" in await scope(mallory)


@pytest.mark.asvs("8.3.1", "15.4.2")
async def test_a_new_name_brings_no_role_back_that_was_taken_meanwhile(
    alice: Browser, mallory: Browser, database: Database
):
    group = await make_group(alice, "Admins", role="admin")
    await join(alice, group, mallory)
    store = PostgresGroups(database)
    read = await store.group(UUID(group.name.removeprefix("groups/")))
    assert read

    await alice.call(alice.api.groups.UpdateGroup, without_role(group))
    await store.change(replace(read, display_name="Old"), role=False)

    assert await scope(mallory) == MEMBER


def without_role(group: pb.Group) -> pb.UpdateGroupRequest:
    request = pb.UpdateGroupRequest(group=pb.Group(name=group.name))
    request.update_mask.paths.append("role")
    return request


async def test_a_name_is_one_groups_whatever_its_case(alice: Browser):
    await make_group(alice, "Straße")

    assert (await refusal(make_group(alice, "STRASSE"))).reason == "GROUP_TAKEN"


async def test_a_retry_finds_the_group_of_the_first_try(alice: Browser):
    id = str(uuid4())

    first = await make_group(alice, "Sales", request_id=id)
    again = await make_group(alice, "Sales", request_id=id)

    assert first == again
    reused = await refusal(make_group(alice, "Other", request_id=id))
    assert reused.reason == "REQUEST_ID_REUSED"


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "a\nb", "\0", "a\u202eb"])
async def test_a_name_is_short_and_one_line(alice: Browser, name: str):
    assert (await refusal(make_group(alice, name))).reason == "INVALID_FIELD"


@pytest.mark.asvs("8.3.1")
async def test_nobody_gives_or_takes_by_a_group_what_they_have_not(
    api: Api, alice: Browser, mallory: Browser
):
    await make_role(alice, "helper", P.PERMISSION_GROUPS_WRITE, P.PERMISSION_USERS_READ)
    admins = await make_group(alice, "Admins", role="admin")
    await set_role(alice, mallory, "helper")
    await mallory.refresh()
    delete = pb.DeleteGroupRequest(name=admins.name)
    rename = pb.UpdateGroupRequest(group=pb.Group(name=admins.name, role="roles/guest"))
    groups = mallory.api.groups

    for call in (
        join(mallory, admins, mallory),
        leave(mallory, admins, alice),
        mallory.call(groups.DeleteGroup, delete),
        mallory.call(groups.UpdateGroup, rename),
    ):
        assert (await refusal(call)).reason in {"RIGHTS_EXCEEDED", "PERMISSION_MISSING"}
    with_role = await refusal(make_group(mallory, "Mine", role="guest"))
    assert with_role.reason == "PERMISSION_MISSING"
    assert (await make_group(mallory, "Mine")).role == ""


async def test_no_group_owns_the_installation(alice: Browser):
    refused = await refusal(make_group(alice, "Owners", role="owner"))

    assert refused.reason == "RIGHTS_EXCEEDED"


async def test_a_user_is_in_as_many_groups_as_a_token_names(
    alice: Browser, mallory: Browser, database: Database
):
    async with database.transaction() as connection:
        for number in range(MAX_GROUPS_OF_USER):
            await connection.execute(
                "WITH made AS (INSERT INTO groups (id, display_name, display_key,"
                " create_time, update_time) VALUES (gen_random_uuid(), %(name)s,"
                " %(name)s, now(), now()) RETURNING id)"
                " INSERT INTO group_members SELECT id, %(user)s FROM made",
                {"name": f"g{number}", "user": id_of(mallory)},
            )
    one_more = await make_group(alice, "One more")

    refused = await refusal(join(alice, one_more, mallory))

    assert refused.reason == "TOO_MANY_GROUPS"


async def test_a_group_or_user_that_there_is_not_is_said_to_be_none(
    alice: Browser, mallory: Browser
):
    group = await make_group(alice, "Sales")
    nobody = Browser(alice.api)
    nobody.user = f"users/{uuid4()}"
    none = pb.Group(name=f"groups/{uuid4()}")

    assert (await refusal(join(alice, group, nobody))).reason == "USER_NOT_FOUND"
    assert (await refusal(join(alice, none, mallory))).reason == "GROUP_NOT_FOUND"
    request = pb.ListGroupMembersRequest(parent=none.name)
    refused = await refusal(alice.call(alice.api.groups.ListGroupMembers, request))
    assert refused.reason == "GROUP_NOT_FOUND"


async def test_groups_and_members_are_paged(api: Api, alice: Browser):
    groups = [await make_group(alice, f"Group {each}") for each in range(3)]
    people = [await Browser(api).sign_up() for _ in range(3)]
    for person in people:
        await join(alice, groups[0], person)

    names, token = [], ""
    while True:
        request = pb.ListGroupsRequest(page_size=2, page_token=token)
        page = await alice.call(alice.api.groups.ListGroups, request)
        names += [group.name for group in page.groups]
        if not (token := page.next_page_token):
            break
    users, token = [], ""
    while True:
        of = pb.ListGroupMembersRequest(
            parent=groups[0].name, page_size=2, page_token=token
        )
        members = await alice.call(alice.api.groups.ListGroupMembers, of)
        users += members.users
        if not (token := members.next_page_token):
            break

    assert names == [group.name for group in reversed(groups)]
    assert users == sorted(person.user for person in people)
