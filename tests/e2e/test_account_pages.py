"""What people do about their account in the browser."""

from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.e2e.account import (
    add_authenticator,
    change_accounts,
    confirm_who,
    dialog,
    forget_who_they_are,
    give_authenticator,
    make_key,
    next_code,
    open_account,
    section,
)
from tests.e2e.administration import sign_up_as
from tests.e2e.conftest import OpenParley
from tests.e2e.pages import PASSWORD, Parley
from tests.stack import Stack

NEW_PASSWORD = "another sentence of mine"


async def test_a_name_is_changed_and_stays(parley: Parley):
    await parley.sign_up()
    await open_account(parley)

    await parley.press("Change your name")
    await parley.page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    await parley.press("Save")

    name = section(parley, "Profile").get_by_text("Ada Lovelace")
    await expect(name).to_be_visible()
    await parley.page.reload()
    await expect(name).to_be_visible()


async def test_a_new_password_ends_the_other_sessions(
    parley: Parley, open_parley: OpenParley
):
    email = await parley.sign_up()
    other = await open_parley()
    await other.open("/sign-in")
    await other.sign_in(email)
    await expect(other.composer).to_be_visible()
    await open_account(parley)

    security = section(parley, "Security")
    await security.get_by_label("Password until now").fill("not the password")
    await security.get_by_label("New password").fill(NEW_PASSWORD)
    await parley.press("Change the password")
    await expect(security.get_by_text("That is not your password.")).to_be_visible()
    await security.get_by_label("Password until now").fill(PASSWORD)
    await parley.press("Change the password")
    await expect(security.get_by_role("status")).to_contain_text("is changed")

    await other.page.reload()
    await other.page.wait_for_url("**/sign-in*")
    await other.sign_in(email, NEW_PASSWORD)
    await expect(other.composer).to_be_visible()
    await parley.page.reload()
    await expect(security).to_be_visible()


async def test_an_authenticator_is_asked_for_from_then_on(parley: Parley):
    email = await parley.sign_up()
    await open_account(parley)

    authenticator, codes = await add_authenticator(parley)
    assert len(codes) == len(set(codes)) >= 8
    await parley.press("I have kept it")
    await expect(dialog(parley, "Recovery codes")).not_to_be_visible()
    await parley.page.reload()
    await expect(section(parley, "Security").get_by_text("are left")).to_be_visible()
    for known in codes:
        await expect(parley.page.get_by_text(known)).to_have_count(0)

    await parley.open("/chat")
    await parley.sign_out()
    await parley.page.wait_for_url("**/sign-in")
    await parley.sign_in(email)
    code = parley.page.get_by_label("Code", exact=True)
    await code.fill("000000")
    await parley.press("Sign in")
    await expect(code).to_have_accessible_description(
        "That is not the right code, or it was used before."
    )
    await code.fill(next_code(authenticator))
    await parley.press("Sign in")
    await expect(parley.composer).to_be_visible()

    await parley.sign_out()
    await parley.page.wait_for_url("**/sign-in")
    await parley.sign_in(email)
    await code.fill(codes[0])
    await parley.press("Sign in")
    await expect(parley.composer).to_be_visible()


async def test_a_passkey_signs_in_alone(parley: Parley):
    await give_authenticator(parley)
    email = await parley.sign_up()
    await open_account(parley)
    await parley.press("Add a passkey")
    await parley.press("I have kept it")
    security = section(parley, "Security")
    await expect(security.get_by_text("Passkey", exact=True)).to_be_visible()

    await parley.open("/chat")
    await parley.sign_out()
    await parley.page.wait_for_url("**/sign-in")
    await parley.press("Use a passkey")

    account = parley.page.get_by_role("button", name="Account")
    await expect(account).to_contain_text(email)


@pytest.mark.asvs("10.4.9")
async def test_another_session_is_ended(parley: Parley, open_parley: OpenParley):
    email = await parley.sign_up()
    other = await open_parley()
    await other.open("/sign-in")
    await other.sign_in(email)
    await expect(other.composer).to_be_visible()
    await open_account(parley)
    sessions = section(parley, "Sessions").get_by_role("listitem")
    await expect(sessions).to_have_count(2)
    await expect(sessions.filter(has_text="this one")).to_have_count(1)

    await sessions.get_by_role("button", name="End the session").click()

    await expect(sessions).to_have_count(1)
    await other.page.reload()
    await other.page.wait_for_url("**/sign-in*")


async def test_a_key_is_shown_once(parley: Parley):
    await parley.sign_up()
    await open_account(parley)

    await make_key(parley)
    made = dialog(parley, "Your new key").get_by_role("listitem")
    key = await made.inner_text()
    await parley.press("I have kept it")

    keys = section(parley, "API keys")
    row = keys.get_by_role("listitem").filter(has_text="A nightly job")
    await expect(row).to_contain_text("not used yet")
    await expect(parley.page.get_by_text(key)).to_have_count(0)
    await parley.press("Revoke A nightly job")
    await parley.press("Revoke")
    await expect(keys.get_by_text("You have no key.")).to_be_visible()


async def test_a_key_for_an_identity_provider_does_nothing_else(
    parley: Parley, open_parley: OpenParley, stack: Stack
):
    member = await open_parley()
    await sign_up_as(member, stack, "member")
    await open_account(member)
    await member.press("Make a key")
    await expect(member.page.get_by_label("Documents:")).to_be_visible()
    await expect(member.page.get_by_label("People and groups:")).to_have_count(0)

    await sign_up_as(parley, stack, "admin")
    await open_account(parley)
    await parley.press("Make a key")
    await parley.page.get_by_label("What it is for").fill("Okta")
    await parley.page.get_by_label("People and groups:").check()
    await expect(parley.page.get_by_label("Conversations:")).to_be_disabled()
    await parley.press("Make the key")
    await parley.press("I have kept it")

    row = section(parley, "API keys").get_by_role("listitem").filter(has_text="Okta")
    await expect(row).to_contain_text("for scim,")


async def test_what_matters_waits_until_they_show_who_they_are(
    parley: Parley, stack: Stack
):
    await parley.sign_up()
    await forget_who_they_are(stack)
    await parley.page.reload()
    await open_account(parley)

    await make_key(parley)
    asking = dialog(parley, "Is it still you?")
    await asking.get_by_label("Your password").fill("not the password")
    await parley.press("Go on")
    await expect(asking.get_by_text("is not right")).to_be_visible()
    await confirm_who(parley)

    await expect(dialog(parley, "Your new key")).to_be_visible()


async def test_without_mail_another_address_is_taken_at_once(parley: Parley):
    await parley.sign_up()
    email = f"{uuid4().hex}@parley.example"
    await open_account(parley)

    await parley.press("Change your e-mail address")
    await parley.page.get_by_label("New e-mail address").fill(email)
    await parley.press("Send the code")

    await expect(dialog(parley, "Change your e-mail address")).not_to_be_visible()
    await expect(section(parley, "Profile").get_by_text(email)).to_be_visible()


async def lose_password(parley: Parley, stack: Stack) -> None:
    """Sign up, and be as somebody who came by an identity provider."""
    email = await parley.sign_up()
    without = "UPDATE users SET password_hash = NULL WHERE email_key = %s"
    await change_accounts(stack, without, email)
    await parley.page.reload()
    await expect(parley.composer).to_be_visible()


async def test_who_has_no_password_is_asked_for_none_and_sets_one(
    parley: Parley, stack: Stack
):
    await lose_password(parley, stack)
    await open_account(parley)
    security = section(parley, "Security")
    await expect(security.get_by_text("You have none")).to_be_visible()
    await expect(security.get_by_label("Password until now")).to_have_count(0)

    await security.get_by_label("New password").fill("a brand new sentence")
    await parley.press("Set a password")

    await expect(security.get_by_label("Password until now")).to_be_visible()
    await forget_who_they_are(stack)
    await parley.page.reload()
    await make_key(parley)
    asking = dialog(parley, "Is it still you?")
    await expect(asking.get_by_label("Your password")).to_be_visible()


async def test_who_has_no_password_shows_otherwise_that_it_is_them(
    parley: Parley, stack: Stack
):
    await lose_password(parley, stack)
    await forget_who_they_are(stack)
    await parley.page.reload()
    await open_account(parley)

    await make_key(parley)

    asking = dialog(parley, "Is it still you?")
    await expect(asking.get_by_text("You have no password")).to_be_visible()
    await expect(asking.get_by_label("Your password")).to_have_count(0)
    await expect(asking.get_by_label("Code")).to_be_visible()


async def test_who_has_no_password_leaves_without(parley: Parley, stack: Stack):
    await lose_password(parley, stack)
    await parley.open_account_menu()
    await parley.press("Delete account…")
    asking = dialog(parley, "Delete this account?")
    await expect(asking.get_by_label("Your password")).to_have_count(0)

    await parley.press("Delete account")

    await parley.page.wait_for_url("**/sign-in")
    await parley.page.reload()
    await expect(parley.page.get_by_role("button", name="Sign in")).to_be_visible()
