"""Keeping conversations in order: folders, tags, and those that are not kept."""

from playwright.async_api import Locator, expect

from tests.e2e.conftest import OpenParley
from tests.e2e.pages import UPDATE_CONVERSATION, Parley


def folders(parley: Parley) -> Locator:
    """The folders in the sidebar."""
    return parley.page.get_by_role("region", name="Folders").get_by_role("listitem")


async def begun(parley: Parley, text: str) -> None:
    """Begin a conversation, and wait for its reply."""
    await parley.begin_conversation()
    await parley.ask(text)
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()


async def name_folder(parley: Parley, name: str) -> None:
    """Fill in the dialog that asks for the name of a folder."""
    await parley.page.get_by_label("Name", exact=True).fill(name)
    await parley.page.keyboard.press("Enter")
    await expect(parley.page.get_by_label("Name", exact=True)).to_have_count(0)


async def test_conversations_lie_in_folders(parley: Parley):
    await parley.sign_up()
    await begun(parley, "About badgers")
    await begun(parley, "About otters")
    await parley.press("New folder")
    await name_folder(parley, "Animals")
    await expect(folders(parley)).to_have_text(["Animals"])
    await parley.choose("Move to a folder")
    await (
        parley.page.get_by_role("dialog").get_by_role("button", name="Animals").click()
    )

    await folders(parley).get_by_role("button").click()
    await expect(parley.listed).to_have_count(1)
    await expect(parley.listed).to_have_attribute("aria-current", "page")
    await parley.press("Rename the folder")
    await name_folder(parley, "River")
    await expect(folders(parley)).to_have_text(["River"])

    await parley.choose("Move to a folder")
    await parley.press("No folder")
    await expect(parley.listed).to_have_count(0)
    await parley.press("All folders")
    await expect(parley.listed).to_have_count(2)


async def test_what_is_in_a_folder_that_is_deleted_stays(parley: Parley):
    await parley.sign_up()
    await begun(parley, "About badgers")
    await parley.choose("Move to a folder")
    await (
        parley.page.get_by_role("dialog")
        .get_by_role("button", name="New folder")
        .click()
    )
    await name_folder(parley, "Animals")
    await (
        parley.page.get_by_role("dialog").get_by_role("button", name="Animals").click()
    )
    await parley.page.get_by_label("Folder and tags").get_by_role("button").click()
    await expect(parley.listed).to_have_count(1)

    await parley.press("Delete the folder")
    await parley.page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    await expect(folders(parley)).to_have_count(0)
    await expect(parley.listed).to_have_count(1)
    await expect(parley.page.get_by_label("Folder and tags")).to_have_count(0)


async def test_folders_are_in_step_between_tabs(
    parley: Parley, open_parley: OpenParley
):
    await parley.sign_up()
    other = await open_parley(beside=parley)
    await other.open("/chat")
    await expect(other.composer).to_be_visible()

    await parley.press("New folder")
    await name_folder(parley, "Animals")

    await expect(folders(other)).to_have_text(["Animals"])


async def test_conversations_are_listed_by_their_tags(parley: Parley):
    await parley.sign_up()
    await begun(parley, "About badgers")
    await begun(parley, "About otters")

    await parley.choose("Tags")
    async with parley.held(UPDATE_CONVERSATION):
        for tag in (" wet ", "furry", "WET"):
            await parley.page.get_by_label("New tag").fill(tag)
            await parley.press("Add")
    await parley.press("Close")
    tags = parley.page.get_by_label("Folder and tags").get_by_role("button")
    await expect(tags).to_have_text(["wet", "furry"])
    await expect(parley.listed).to_have_count(2)
    await parley.page.get_by_label("Show").select_option("wet")
    await expect(parley.listed).to_have_count(1)

    await parley.choose("Tags")
    await parley.press("Remove wet")
    await parley.press("Close")
    await expect(tags).to_have_text(["furry"])
    await expect(parley.listed).to_have_count(0)
    await tags.click()
    await expect(parley.listed).to_have_count(1)


async def test_a_temporary_conversation_is_in_no_list_and_gone_when_deleted(
    parley: Parley,
):
    await parley.sign_up()
    await begun(parley, "To be kept")
    await parley.begin_conversation()
    await parley.page.get_by_role("switch", name="Temporary").click()
    await parley.ask("Not to be kept")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await expect(parley.page.get_by_text("gone for good an hour")).to_be_visible()
    link = parley.page.url.removeprefix(parley.url)

    await parley.page.reload()
    await expect(parley.questions).to_have_text(["You: Not to be kept"])
    await expect(parley.listed).to_have_count(1)
    await parley.choose("Delete")
    await expect(
        parley.page.get_by_role("heading", name="What would you like")
    ).to_be_visible()
    await parley.open(link)

    await expect(
        parley.page.get_by_role("heading", name="Nothing here")
    ).to_be_visible()


async def test_the_account_menu_covers_nothing_that_is_chosen_from(parley: Parley):
    await parley.sign_up()
    await parley.open_account_menu()

    await parley.page.get_by_label("Show").select_option("Archived")

    await expect(parley.page.get_by_text("Nothing is in the archive.")).to_be_visible()
