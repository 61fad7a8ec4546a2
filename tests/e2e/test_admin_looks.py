"""How the administration looks: wide and narrow, light and dark."""

from pathlib import Path

from playwright.async_api import ViewportSize, expect

from tests.e2e.account import section
from tests.e2e.administration import sign_up_as
from tests.e2e.conftest import OpenParley
from tests.e2e.looks import Reach, Scheme, both_schemes, both_sizes, look
from tests.e2e.pages import Parley
from tests.stack import Stack


async def admin_person(parley: Parley) -> None:
    people = section(parley, "People")
    await people.get_by_role("button", name="Manage").first.click()
    person = parley.page.get_by_role("dialog")
    await expect(person.get_by_text("Sign them out everywhere")).to_be_visible()


async def admin_roles(parley: Parley) -> None:
    await parley.press("Close")
    await section(parley, "Roles").scroll_into_view_if_needed()


async def make_role(parley: Parley) -> None:
    await parley.press("Make a role")
    await parley.page.get_by_label("What people call it").fill("Reader")
    await parley.page.get_by_label("How it is spelled").fill("reader")
    await parley.press("Make the role")
    last = section(parley, "Roles").get_by_label("Reader: Provision people by SCIM")
    await last.scroll_into_view_if_needed()
    await parley.page.get_by_role("button", name="Rename Reader").focus()


async def admin_role_renaming(parley: Parley) -> None:
    await parley.press("Rename Reader")


async def admin_group(parley: Parley) -> None:
    await parley.press("Cancel")
    await parley.press("Make a group")
    await parley.page.get_by_label("Name", exact=True).fill("Those who keep watch")
    await parley.page.get_by_label("Role that").select_option(label="Reader")
    await parley.press("Make the group")
    await section(parley, "Groups").get_by_role("listitem").scroll_into_view_if_needed()


async def admin_group_changing(parley: Parley) -> None:
    await parley.press("Change Those who keep watch")


async def asking_for_a_scim_key(parley: Parley) -> None:
    await parley.press("Cancel")
    await parley.press("Delete Those who keep watch")
    await parley.press("Delete")
    await expect(parley.page.get_by_text("There is no group.")).to_be_visible()
    await parley.press("Delete Reader")
    await parley.press("Delete")
    await expect(parley.page.get_by_label("Reader: Conversations")).to_have_count(0)
    await parley.open("/account")
    await parley.press("Make a key")
    await parley.page.get_by_label("People and groups:").check()


async def admin_inviting(parley: Parley) -> None:
    await parley.press("Invite somebody")


async def admin_policy(parley: Parley) -> None:
    await parley.press("Cancel")
    policy = section(parley, "Policy")
    await policy.get_by_label("Who has an address").check()
    await policy.scroll_into_view_if_needed()


async def admin_audit(parley: Parley) -> None:
    audit = section(parley, "Audit")
    await audit.scroll_into_view_if_needed()
    await audit.get_by_label("What", exact=True).focus()


async def admin_verified(parley: Parley) -> None:
    await parley.press("Verify the log")
    verified = section(parley, "Audit").get_by_text("as they were written")
    await expect(verified).to_be_visible()


@both_sizes
@both_schemes
async def test_administration(
    open_parley: OpenParley,
    stack: Stack,
    tmp_path: Path,
    size: ViewportSize,
    scheme: Scheme,
):
    async def admin_people(parley: Parley) -> None:
        await sign_up_as(parley, stack, "owner")
        await parley.open("/admin")
        await expect(parley.page.get_by_label("Owner: Change roles")).to_be_visible()
        await expect(section(parley, "Policy").get_by_label("Everybody")).to_have_count(
            2
        )
        rows = section(parley, "Audit").get_by_role("listitem")
        await expect(rows.first).to_be_visible()

    way: list[Reach] = [
        admin_people,
        admin_person,
        admin_roles,
        admin_inviting,
        admin_policy,
        admin_audit,
        admin_verified,
    ]
    await look(open_parley, way, size=size, scheme=scheme, pictures=tmp_path)


@both_sizes
@both_schemes
async def test_what_administrators_make(
    open_parley: OpenParley,
    stack: Stack,
    tmp_path: Path,
    size: ViewportSize,
    scheme: Scheme,
):
    async def admin_role_of_our_own(parley: Parley) -> None:
        await sign_up_as(parley, stack, "owner")
        await parley.open("/admin")
        await make_role(parley)

    way: list[Reach] = [
        admin_role_of_our_own,
        admin_role_renaming,
        admin_group,
        admin_group_changing,
        asking_for_a_scim_key,
    ]
    await look(open_parley, way, size=size, scheme=scheme, pictures=tmp_path)
