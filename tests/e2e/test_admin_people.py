"""What administrators do about people, groups, roles and who may sign up."""

import pytest
from playwright.async_api import expect

from tests.e2e.account import dialog, section
from tests.e2e.administration import open_administration, sign_up_as
from tests.e2e.conftest import OpenParley
from tests.e2e.pages import Parley
from tests.stack import Stack


@pytest.fixture
async def owner(parley: Parley, stack: Stack) -> Parley:
    """Parley before an owner."""
    await sign_up_as(parley, stack, "owner")
    return parley


async def test_somebody_is_found_given_a_role_and_disabled(
    owner: Parley, open_parley: OpenParley
):
    other = await open_parley()
    email = await other.sign_up()
    await open_administration(owner)
    people = section(owner, "People")
    await people.get_by_label("E-mail address begins with").fill(email)
    await owner.press("Look for them")
    await expect(people.get_by_role("listitem")).to_have_count(1)

    await owner.press(f"Manage {email}")
    person = owner.page.get_by_role("dialog")
    await person.get_by_label("Role").select_option(label="Guest")
    await expect(people.get_by_text("guest", exact=True)).to_be_attached()
    await person.get_by_role("button", name="Disable").click()
    await expect(person.get_by_role("status")).to_have_text("Done.")
    await owner.press("Close")

    await expect(people.get_by_text("disabled", exact=True)).to_be_visible()
    await other.page.reload()
    await other.page.wait_for_url("**/sign-in*")
    await other.sign_in(email)
    await expect(other.alert).to_be_visible()


@pytest.mark.asvs("7.4.5")
async def test_one_session_of_somebody_falls_by_itself(
    owner: Parley, open_parley: OpenParley
):
    other = await open_parley()
    email = await other.sign_up()
    elsewhere = await open_parley()
    await elsewhere.open("/sign-in")
    await elsewhere.sign_in(email)
    await expect(elsewhere.composer).to_be_visible()
    await open_administration(owner)
    people = section(owner, "People")
    await people.get_by_label("E-mail address begins with").fill(email)
    await owner.press("Look for them")
    await owner.press(f"Manage {email}")
    sessions = owner.page.get_by_role("dialog").get_by_role("listitem")
    await expect(sessions).to_have_count(2)

    # The latest stands first: it is the one elsewhere.
    await sessions.first.get_by_role("button", name="End the session").click()
    await expect(sessions).to_have_count(1)

    # Minutes before its token expires; tests/revocations measures how soon.
    await elsewhere.page.wait_for_url("**/sign-in*")
    await other.page.reload()
    await expect(other.composer).to_be_visible()


async def test_a_group_has_members(owner: Parley, open_parley: OpenParley):
    other = await open_parley()
    email = await other.sign_up()
    name = f"Team {email[:8]}"
    await open_administration(owner)
    await owner.press("Make a group")
    await dialog(owner, "Make a group").get_by_label("Name").fill(name)
    await owner.press("Make the group")

    await owner.press(f"Members of {name}")
    group = dialog(owner, name)
    await group.get_by_label("E-mail address of a new member").fill("x" + email)
    await owner.press("Add them")
    await expect(group.get_by_text("Nobody here has this address.")).to_be_visible()
    await group.get_by_label("E-mail address of a new member").fill(email)
    await owner.press("Add them")
    await expect(group.get_by_role("listitem")).to_contain_text(email)
    await owner.press(f"Remove {email}")
    await expect(group.get_by_text("Nobody is in it.")).to_be_visible()
    await owner.press("Close")

    await owner.press(f"Change {name}")
    changing = dialog(owner, f"Change {name}")
    await changing.get_by_label("Name").fill(f"{name} too")
    await changing.get_by_label("Role that").select_option(label="Guest")
    await owner.press("Save")
    row = section(owner, "Groups").get_by_role("listitem").filter(has_text=name)
    await expect(row).to_contain_text(f"{name} tooguest")
    await owner.press(f"Delete {name} too")
    await owner.press("Delete")
    await expect(section(owner, "Groups").get_by_text(name)).to_have_count(0)


async def test_a_role_allows_what_is_ticked(owner: Parley):
    await open_administration(owner)
    roles = section(owner, "Roles")
    await expect(roles.get_by_label("Owner: Change roles")).to_be_checked()
    await expect(roles.get_by_label("Owner: Change roles")).to_be_disabled()

    await owner.press("Make a role")
    await owner.page.get_by_label("What people call it").fill("Auditor")
    await owner.page.get_by_label("How it is spelled").fill("auditor")
    await owner.press("Make the role")
    audit = roles.get_by_label("Auditor: Read the audit log")
    await expect(audit).not_to_be_checked()
    await audit.click()
    await expect(audit).to_be_checked()
    await owner.page.reload()
    await expect(audit).to_be_checked()

    await owner.press("Rename Auditor")
    await owner.page.get_by_label("What people call it").fill("Comptroller")
    await owner.press("Save")
    audit = roles.get_by_label("Comptroller: Read the audit log")
    await expect(audit).to_be_checked()

    await owner.press("Delete Comptroller")
    await owner.press("Delete")
    await expect(audit).to_have_count(0)


async def test_who_is_invited_signs_up_where_others_may_not(
    owner: Parley, open_parley: OpenParley
):
    await open_administration(owner)
    policy = section(owner, "Policy")
    await policy.get_by_label("Who has an invitation", exact=True).check()
    await owner.press("Save the policy")
    await expect(policy.get_by_role("status")).to_be_visible()
    try:
        await owner.press("Invite somebody")
        await owner.press("Invite")
        invitation = dialog(owner, "Their invitation").get_by_role("listitem")
        link = await invitation.inner_text()
        await owner.press("I have kept it")

        visitor = await open_parley()
        await visitor.open("/sign-up")
        await visitor.fill_credentials("stranger@parley.example", "a long password")
        await visitor.press("Create account")
        await expect(visitor.alert).to_be_visible()
        await visitor.open(link.removeprefix(visitor.url))
        await visitor.page.reload()
        await visitor.fill_credentials("invited@parley.example", "a long enough one")
        await visitor.press("Create account")
        await expect(visitor.composer).to_be_visible()
    finally:
        await policy.get_by_label("Everybody").first.check()
        # What is said of the policy before may be there still.
        async with owner.page.expect_response("**/UpdatePolicy"):
            await owner.press("Save the policy")
        await expect(policy.get_by_role("status")).to_be_visible()
