"""How the settings look: wide and narrow, light and dark, empty and full."""

from pathlib import Path

from playwright.async_api import ViewportSize, expect

from tests.e2e.conftest import OpenParley
from tests.e2e.looks import Scheme, both_schemes, both_sizes, look
from tests.e2e.pages import Parley
from tests.e2e.settings import (
    EXPORT,
    RUN,
    UPLOAD,
    choose_file,
    claude,
    made_of,
    section,
    zipped,
)

LONG_TITLE = "What is " + "averylongwordthatdoesnotfit" * 4


async def empty(parley: Parley) -> None:
    await parley.sign_up()
    await parley.open("/settings")
    await expect(parley.page.get_by_text("Nothing has been charged")).to_be_visible()
    await expect(parley.page.get_by_text("You have shared nothing.")).to_be_visible()


async def full(parley: Parley) -> None:
    await parley.open("/chat")
    for question in ("How does a binary search work?", LONG_TITLE):
        await parley.ask(question)
        await expect(
            parley.page.get_by_role("button", name="Copy reply").last
        ).to_be_visible()
    await parley.choose("Share")
    for count in (1, 2):
        await parley.press("Create a link")
        links = parley.page.get_by_role("dialog").get_by_role("link")
        await expect(links).to_have_count(count)
    await parley.open("/settings")
    links = section(parley, "Shared links").get_by_role("listitem")
    await expect(links).to_have_count(2)
    await expect(section(parley, "Usage").get_by_role("row").last).to_be_visible()


async def revoking(parley: Parley) -> None:
    await section(parley, "Shared links").get_by_text("Revoke").first.click()


async def choosing(parley: Parley) -> None:
    await parley.press("Keep it")
    await parley.page.get_by_label("Only some").check()
    await section(parley, "Export").get_by_role("checkbox").first.check()


async def exporting(parley: Parley) -> None:
    await parley.page.add_init_script("delete window.showSaveFilePicker")
    await parley.page.reload()
    await parley.page.route(EXPORT, lambda _: None)
    await parley.press("Export")
    await expect(section(parley, "Export").get_by_role("progressbar")).to_be_visible()


async def export_failed(parley: Parley) -> None:
    await parley.press("Cancel the export")
    await parley.page.unroute(EXPORT)
    await parley.page.route(EXPORT, lambda route: route.abort())
    await parley.press("Export")
    await expect(parley.alert).to_contain_text("Nothing was saved.")


async def uploading(parley: Parley) -> None:
    await parley.page.unroute(EXPORT)
    await parley.page.route(UPLOAD, lambda route: route.abort())
    await choose_file(parley, zipped(claude(100, filler=10_000)))
    await expect(parley.page.get_by_text("Trying again")).to_be_visible()


async def unfinished(parley: Parley) -> None:
    await parley.press("Cancel the import")
    await parley.page.unroute(UPLOAD)
    await expect(
        parley.page.get_by_role("heading", name="Unfinished imports")
    ).to_be_visible()


async def reading(parley: Parley) -> None:
    await parley.page.route(RUN, lambda _: None)
    await choose_file(parley, zipped(claude(9)))
    await expect(parley.page.get_by_text("come back within a day")).to_be_visible()


async def report(parley: Parley) -> None:
    await parley.press("Cancel the import")
    await parley.page.unroute(RUN)
    await parley.press("Go on with claude.zip")
    await expect(parley.page.get_by_text("Imported 6 conversations")).to_be_visible()


async def import_failed(parley: Parley) -> None:
    await choose_file(parley, made_of(b"{}"))
    await expect(parley.page.get_by_text("Nothing was imported")).to_be_visible()


async def erasing(parley: Parley) -> None:
    await parley.press("Erase my data…")
    await parley.press("Erase everything")


async def erased(parley: Parley) -> None:
    await parley.page.get_by_label("Type “erase my data”").fill("erase my data")
    await parley.press("Erase everything")
    await expect(parley.page.get_by_text("Everything will be gone by")).to_be_visible()


# Each begins where the one before it has ended.
WAY = [empty, full, revoking, choosing, exporting, export_failed, uploading]
WAY += [unfinished, reading, report, import_failed, erasing, erased]


@both_schemes
@both_sizes
async def test_the_settings_fit_and_have_no_barriers(
    open_parley: OpenParley, tmp_path: Path, size: ViewportSize, scheme: Scheme
):
    await look(open_parley, WAY, size=size, scheme=scheme, pictures=tmp_path)
