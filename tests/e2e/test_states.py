"""How a conversation looks while things happen to it: wide, narrow, light, dark."""

from pathlib import Path

from playwright.async_api import ViewportSize, expect

from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.e2e.conftest import OpenParley
from tests.e2e.looks import Reach, Scheme, both_schemes, both_sizes, look
from tests.e2e.pages import Parley

OTHER = "scripted-200x0ms"


async def open_sidebar(parley: Parley) -> None:
    """Open the sidebar where it is hidden."""
    menu = parley.page.get_by_role("button", name="Conversations")
    if await menu.is_visible():
        await menu.click()


async def escape(parley: Parley) -> None:
    """Close what is open over the page."""
    await parley.page.keyboard.press("Escape")


async def temporary_chosen(parley: Parley) -> None:
    await parley.sign_up()
    await parley.page.get_by_role("switch", name="Temporary").click()


async def temporary(parley: Parley) -> None:
    await parley.ask("Forget this soon")
    await expect(parley.page.get_by_text("Temporary.")).to_be_visible()
    await expect(parley.replies).to_contain_text("ba")
    await parley.press("Stop")
    await expect(parley.page.get_by_text("Stopped", exact=True)).to_be_visible()


async def models(parley: Parley) -> None:
    await parley.open("/chat")
    await parley.ask_too(OTHER)
    await parley.page.get_by_role("button", name="Answered by").click()


async def writing_side_by_side(parley: Parley) -> None:
    await escape(parley)
    await parley.ask("What do both of you say?")
    await expect(parley.replies).to_have_count(2)


async def waiting(parley: Parley) -> None:
    await parley.ask("And what next?")
    await expect(parley.page.get_by_text("Waiting", exact=True)).to_have_count(2)


async def stopped_side_by_side(parley: Parley) -> None:
    await parley.press("Take back")
    await expect(parley.questions).to_have_count(1)
    await parley.composer.fill("")
    await parley.press("Stop")
    one = parley.beside("scripted")
    await expect(one.get_by_text("Stopped", exact=True)).to_be_visible()


async def rating(parley: Parley) -> None:
    await parley.beside("scripted").get_by_role("button", name="Bad reply").click()
    await parley.page.get_by_label("It is harmful").check()


async def tagging(parley: Parley) -> None:
    await parley.press("Skip")
    await parley.choose("Tags")
    for tag in ("wet", "a tag of more than a few words"):
        await parley.page.get_by_label("New tag").fill(tag)
        await parley.press_and_store("Add")


async def new_folder(parley: Parley) -> None:
    await parley.press("Close")
    await parley.choose("Move to a folder")
    await (
        parley.page.get_by_role("dialog")
        .get_by_role("button", name="New folder")
        .click()
    )


async def moving(parley: Parley) -> None:
    await parley.page.get_by_label("Name", exact=True).fill("Animals of all kinds")
    await parley.press("Create")
    await expect(
        parley.page.get_by_role("heading", name="Move this conversation")
    ).to_be_visible()


async def in_folder(parley: Parley) -> None:
    await (
        parley.page.get_by_role("dialog").get_by_role("button", name="Animals").click()
    )
    await expect(parley.page.get_by_role("dialog")).to_have_count(0)


async def folder_listed(parley: Parley) -> None:
    await (
        parley.page.get_by_label("Folder and tags").get_by_role("button").first.click()
    )
    await expect(
        parley.page.get_by_role("button", name="Rename the folder")
    ).to_be_visible()


async def found(parley: Parley) -> None:
    search = parley.page.get_by_role("searchbox", name="Search")
    await search.fill("both")
    await expect(parley.page.locator("mark").first).to_be_visible()


async def sharing(parley: Parley) -> None:
    await parley.page.get_by_role("searchbox", name="Search").fill("")
    await escape(parley)
    await parley.choose("Share")
    await parley.press("Create a link")
    await expect(parley.page.locator('a[href*="/shared#"]')).to_be_visible()


async def undo(parley: Parley) -> None:
    await parley.press("Close")
    await parley.choose("Delete")
    await expect(parley.page.get_by_role("button", name="Undo")).to_be_visible()


async def deleted_listed(parley: Parley) -> None:
    await parley.press("Close the notice")
    await open_sidebar(parley)
    view = parley.page.get_by_role("combobox", name="Show")
    await view.select_option("Deleted")
    await expect(parley.page.get_by_role("button", name="Restore")).to_be_visible()


WAY: list[Reach] = [temporary_chosen, temporary, models, writing_side_by_side]
WAY += [waiting, stopped_side_by_side, rating, tagging, new_folder, moving]
WAY += [in_folder, folder_listed, found, sharing, undo, deleted_listed]


@both_schemes
@both_sizes
async def test_every_state_fits_and_has_no_barriers(
    open_parley: OpenParley,
    upstream: Upstream,
    tmp_path: Path,
    size: ViewportSize,
    scheme: Scheme,
):
    upstream.rescript(Script(tokens=words(60), stall_after=30))

    await look(open_parley, WAY, size=size, scheme=scheme, pictures=tmp_path)


async def shared(parley: Parley) -> None:
    await parley.sign_up()
    await parley.ask("Show this to everybody")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await parley.choose("Share")
    await parley.press("Create a link")
    link = await parley.page.locator('a[href*="/shared#"]').inner_text()
    await parley.page.goto("about:blank")
    await parley.page.goto(link)
    # Its title may be the model's by now.
    shown = parley.page.get_by_role("heading", name="Show this", level=2)
    await expect(shown).to_be_visible()


async def shared_nowhere(parley: Parley) -> None:
    await parley.page.goto("about:blank")
    await parley.open("/shared#nothing")
    await expect(parley.alert).to_be_visible()


@both_schemes
@both_sizes
async def test_what_is_shared_fits_and_has_no_barriers(
    open_parley: OpenParley, tmp_path: Path, size: ViewportSize, scheme: Scheme
):
    way = [shared, shared_nowhere]
    await look(open_parley, way, size=size, scheme=scheme, pictures=tmp_path)
