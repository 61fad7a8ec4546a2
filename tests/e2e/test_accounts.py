"""Coming and going."""

from uuid import uuid4

from playwright.async_api import FilePayload, expect

from tests.e2e.conftest import OpenParley
from tests.e2e.library import documents, open_library, source, upload
from tests.e2e.pages import PASSWORD, Parley


async def test_a_wrong_password_is_said_clearly(parley: Parley):
    email = await parley.sign_up()
    await parley.sign_out()
    await parley.page.wait_for_url("**/sign-in")

    await parley.sign_in(email, "not the password")

    await expect(parley.alert).to_have_text(
        "The e-mail address or the password is not right."
    )
    await parley.sign_in(email)
    await expect(parley.composer).to_be_visible()


async def test_an_address_that_is_taken_is_said_at_its_field(parley: Parley):
    email = await parley.sign_up()
    await parley.sign_out()
    await parley.page.wait_for_url("**/sign-in")
    await parley.open("/sign-up")

    await parley.fill_credentials(email.upper(), PASSWORD)
    await parley.press("Create account")

    field = parley.page.get_by_label("E-mail address")
    await expect(field).to_have_accessible_description(
        "There is an account with this e-mail address already."
    )


async def test_a_password_that_is_too_short_is_said_before_it_is_sent(parley: Parley):
    await parley.open("/sign-up")

    await parley.fill_credentials("ada@parley.example", "short")
    await parley.press("Create account")

    field = parley.page.get_by_label("Password", exact=True)
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description("Use at least 8 characters.")


async def test_a_reload_does_not_sign_out(parley: Parley):
    email = await parley.sign_up()

    await parley.page.reload()

    await expect(parley.page.get_by_role("button", name="Account")).to_contain_text(
        email
    )


async def test_two_tabs_stay_signed_in_and_are_signed_out_together(
    parley: Parley, open_parley: OpenParley
):
    await parley.sign_up()
    other = await open_parley(beside=parley)
    await other.open("/chat")
    await expect(other.composer).to_be_visible()

    for tab in (parley, other, parley, other):
        await tab.page.reload()  # each time the refresh token is replaced
        await expect(tab.composer).to_be_visible()
    await parley.ask("Am I still here?")
    await expect(parley.replies).to_have_count(1)
    await other.ask("And I?")
    await expect(other.replies).to_have_count(1)

    await other.sign_out()
    await parley.page.wait_for_url("**/sign-in")


async def test_a_link_to_a_conversation_leads_there_after_signing_in(
    parley: Parley, open_parley: OpenParley
):
    email = await parley.sign_up()
    await parley.ask("Where is this?")
    await expect(parley.replies).to_have_count(1)
    link = parley.page.url.removeprefix(parley.url)

    elsewhere = await open_parley()
    await elsewhere.open(link)
    await elsewhere.page.wait_for_url("**/sign-in?*")
    await elsewhere.sign_in(email)

    await expect(elsewhere.questions).to_have_text(["You: Where is this?"])


async def test_a_session_that_ended_elsewhere_leads_to_sign_in_and_back(parley: Parley):
    email = await parley.sign_up()
    await parley.ask("Where was I?")
    await expect(parley.replies).to_have_count(1)

    await parley.page.context.clear_cookies()
    await parley.page.reload()
    await parley.page.wait_for_url("**/sign-in?*")
    await parley.sign_in(email)

    await expect(parley.questions).to_have_text(["You: Where was I?"])


async def test_a_conversation_of_somebody_else_is_not_shown(
    parley: Parley, open_parley: OpenParley
):
    await parley.sign_up()
    await parley.ask("This is mine")
    await expect(parley.replies).to_have_count(1)
    link = parley.page.url.removeprefix(parley.url)

    other = await open_parley()
    await other.sign_up()
    await other.open(link)

    await expect(other.page.get_by_role("heading", name="Nothing here")).to_be_visible()


async def test_an_account_is_deleted_with_its_password(parley: Parley):
    email = await parley.sign_up()
    await parley.open_account_menu()
    await parley.press("Delete account…")
    password = parley.page.get_by_label("Your password")

    await password.fill("not the password")
    await parley.press("Delete account")
    await expect(password).to_have_accessible_description("That is not your password.")
    await password.fill(PASSWORD)
    await parley.press("Delete account")

    await parley.page.wait_for_url("**/sign-in")
    await parley.sign_in(email)
    await expect(parley.alert).to_contain_text("is not right")


async def test_a_link_for_those_who_are_signed_in_leads_to_it_after_signing_up(
    parley: Parley, open_parley: OpenParley
):
    await parley.sign_up()
    await parley.ask("Show this to friends")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await parley.choose("Share")
    await parley.page.get_by_label("Only for people who are signed in here").check()
    await parley.press("Create a link")
    link = await parley.page.locator('a[href*="/shared#"]').get_attribute("href")
    assert link

    friend = await open_parley()
    await friend.page.goto(link)
    await expect(friend.page.get_by_role("main")).to_contain_text(
        "Only people who are signed in here can see this."
    )
    await friend.page.get_by_role("link", name="Sign in").click()
    await friend.page.get_by_role("link", name="Create an account").click()
    await friend.page.wait_for_url("**/sign-up?*")
    await friend.fill_credentials(f"{uuid4().hex}@parley.example", PASSWORD)
    await friend.press("Create account")

    # Its title may be the model's by now.
    shown = friend.page.get_by_role("heading", name="Show this to friends", level=2)
    await expect(shown).to_be_visible()


async def test_a_link_to_a_document_leads_there_after_signing_in(
    parley: Parley, open_parley: OpenParley
):
    email = await parley.sign_up()
    await open_library(parley)
    note: FilePayload = {
        "name": "note.txt",
        "mimeType": "text/plain",
        "buffer": b"The bees are well.",
    }
    await upload(parley, note)
    await expect(documents(parley)).to_contain_text("1 passage", timeout=60_000)
    await parley.press("note.txt")
    page = source(parley).get_by_role("link", name="Open on a page of its own")
    path = await page.get_attribute("href")
    assert path

    elsewhere = await open_parley()
    await elsewhere.open(path)
    await elsewhere.page.wait_for_url("**/sign-in?*")
    await elsewhere.sign_in(email)

    await expect(elsewhere.page.get_by_text("The bees are well.")).to_be_visible()
