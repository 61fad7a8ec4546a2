"""GroupService.ListUserGroups: the groups that somebody is in, for nobody else."""

import pytest

from parley.auth.v1 import group_service_pb2 as pb
from tests.auth.administering import join, leave, make_group
from tests.auth.browser import Browser
from tests.calls import refusal


async def own(who: Browser, size: int = 0) -> list[str]:
    """Name the groups that somebody is in, asking for so many at once."""
    found, token = list[str](), ""
    while True:
        request = pb.ListUserGroupsRequest(
            parent=who.user, page_size=size, page_token=token
        )
        page = await who.call(who.api.groups.ListUserGroups, request)
        assert not size or len(page.groups) <= size
        found += [group.display_name for group in page.groups]
        if not (token := page.next_page_token):
            return found


async def test_everybody_sees_the_groups_that_they_are_in(
    alice: Browser, mallory: Browser
):
    groups = [await make_group(alice, name) for name in ("Sales", "Legal", "Other")]
    for group in groups[:2]:
        await join(alice, group, mallory)
    await mallory.refresh()

    assert await own(mallory) == await own(mallory, 1) == ["Legal", "Sales"]
    assert await own(alice) == []
    await leave(alice, groups[0], mallory)
    await mallory.refresh()
    assert await own(mallory) == ["Legal"]


@pytest.mark.asvs("8.2.2")
async def test_nobody_sees_the_groups_of_another(alice: Browser, mallory: Browser):
    request = pb.ListUserGroupsRequest(parent=alice.user)

    refused = await refusal(mallory.call(mallory.api.groups.ListUserGroups, request))

    assert refused.reason == "FORBIDDEN"
