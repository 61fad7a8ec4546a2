"""Finding conversations again, and keeping them in order and in step."""

from playwright.async_api import expect

from tests.doubles.script import Script
from tests.doubles.upstream import Upstream
from tests.e2e.conftest import OpenParley
from tests.e2e.pages import Parley

CREATE_SHARE = "**/parley.chat.v1.ShareService/CreateShare"


async def test_search_finds_a_conversation_by_its_words(
    parley: Parley, upstream: Upstream
):
    upstream.rescript(Script(tokens=("They live in burrows.",)))
    await parley.sign_up()
    await parley.ask("Where do badgers live?")
    await expect(parley.replies).to_have_text(["They live in burrows."])
    await parley.begin_conversation()

    await parley.page.get_by_label("Search").fill("burrow")
    found = parley.page.get_by_role("region", name="Search results").get_by_role("link")
    await expect(found.locator("mark")).to_have_text(["burrows"])
    await found.click()

    await expect(parley.questions).to_have_text(["You: Where do badgers live?"])


async def test_a_conversation_is_renamed_pinned_and_archived(parley: Parley):
    await parley.sign_up()
    await parley.ask("The first")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()

    await parley.choose("Rename")
    await parley.page.get_by_label("Title").fill("Badgers")
    await parley.page.keyboard.press("Enter")
    await expect(parley.listed).to_have_text(["Badgers"])
    await parley.choose("Pin")
    await expect(
        parley.page.get_by_role("region", name="Pinned").get_by_role("link")
    ).to_have_text(["Badgers"])
    await parley.choose("Archive")
    await expect(parley.listed).to_have_count(0)

    await parley.page.get_by_label("Show").select_option("Archived")
    await expect(parley.listed).to_have_text(["Badgers"])


async def test_a_deleted_conversation_is_restored_from_the_list(parley: Parley):
    await parley.sign_up()
    await parley.ask("The first")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await expect(parley.listed).to_have_count(1)
    await parley.choose("Delete")

    await parley.page.get_by_label("Show").select_option("Deleted")
    # Whatever its title is by now: a model may find another one meanwhile.
    navigation = parley.page.get_by_role("navigation")
    await navigation.get_by_role("button", name="Restore").click()
    await parley.page.get_by_label("Show").select_option("Conversations")

    await expect(parley.listed).to_have_count(1)


async def test_tabs_are_in_step(parley: Parley, open_parley: OpenParley):
    await parley.sign_up()
    other = await open_parley(beside=parley)
    await other.open("/chat")
    await expect(other.composer).to_be_visible()

    await parley.ask("The first")
    await expect(other.listed).to_have_count(1)
    await other.listed.click()
    await expect(other.questions).to_have_text(["You: The first"])
    await parley.ask("The second")
    await expect(other.questions).to_have_text(["You: The first", "You: The second"])
    await other.choose("Delete")

    await expect(parley.listed).to_have_count(0)


async def test_a_link_shows_a_snapshot_to_anybody_until_it_is_revoked(
    parley: Parley, open_parley: OpenParley
):
    await parley.sign_up()
    await parley.ask("Show this")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await parley.choose("Share")
    await parley.press("Create a link")
    link = parley.page.locator('a[href*="/shared#"]')
    address = (await link.inner_text()).removeprefix(parley.url)

    stranger = await open_parley()
    await stranger.open(address)
    # Its title may be the model's by now.
    shown = stranger.page.get_by_role("heading", name="Show this", level=2)
    await expect(shown).to_be_visible()
    await parley.press("Revoke")
    await expect(link).to_have_count(0)
    await stranger.page.reload()

    await expect(stranger.alert).to_contain_text("leads nowhere")


async def test_a_link_that_is_made_again_because_no_answer_came_is_there_once(
    parley: Parley,
):
    await parley.sign_up()
    await parley.ask("Show this")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await parley.choose("Share")
    await parley.lose_answer(CREATE_SHARE)
    await parley.press("Create a link")
    dialog = parley.page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_be_visible()

    async with parley.page.expect_response(CREATE_SHARE):
        await parley.press("Create a link")

    await expect(dialog.get_by_role("alert")).to_have_count(0)
    links = dialog.get_by_role("link")
    await expect(links).to_have_count(1)
    await parley.press("Create a link")
    await expect(links).to_have_count(2)
    await parley.press("Close")
    await parley.choose("Share")
    await expect(links).to_have_count(2)
