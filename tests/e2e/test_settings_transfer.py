"""Taking conversations out and bringing them in, in a browser."""

import json
import re
from pathlib import Path

from playwright.async_api import Route, expect

from tests.e2e.conftest import OpenParley
from tests.e2e.pages import Parley
from tests.e2e.settings import (
    EXPORT,
    RUN,
    UPLOAD,
    asked,
    choose_file,
    claude,
    exported,
    made_of,
    open_settings,
    section,
    zipped,
)

PART = 256 * 1024
NO_PICKER = "delete window.showSaveFilePicker"
# The person picks a file; all that follows is the browser's own.
PICKED = """
window.showSaveFilePicker = async ({ suggestedName }) => {
  const folder = await navigator.storage.getDirectory()
  return folder.getFileHandle(suggestedName, { create: true })
}
"""
STORED = """async () => {
  const folder = await navigator.storage.getDirectory()
  const files = {}
  for await (const [name, handle] of folder) {
    const file = await handle.getFile()
    files[name] = await file.text()
  }
  return files
}"""


async def test_an_export_is_a_download_that_imports_back(
    open_parley: OpenParley, tmp_path: Path
):
    parley = await open_parley()
    await parley.page.add_init_script(NO_PICKER)
    await asked(parley, "Keep this", "And that")
    await open_settings(parley)

    download = await exported(parley)

    assert re.fullmatch(r"parley-\d{4}-\d\d-\d\d\.json", download.suggested_filename)
    file = tmp_path / download.suggested_filename
    await download.save_as(file)
    assert len(json.loads(file.read_text())["conversations"]) == 2
    await choose_file(parley, file)
    await expect(
        section(parley, "Import").get_by_text(
            "Imported 2 conversations with 4 messages."
        )
    ).to_be_visible()
    await parley.page.get_by_role("link", name="Show the conversations").click()
    await expect(parley.listed).to_have_count(4)


async def test_chosen_conversations_are_exported_as_markdown(
    open_parley: OpenParley, tmp_path: Path
):
    parley = await open_parley()
    await parley.page.add_init_script(NO_PICKER)
    await asked(parley, "Not this", "But this")
    await open_settings(parley)

    await parley.page.get_by_label("Markdown").check()
    await parley.page.get_by_label("Only some").check()
    await expect(parley.page.get_by_role("button", name="Export")).to_be_disabled()
    group = parley.page.get_by_role("group", name="Conversations to export")
    await group.get_by_role("checkbox").first.check()
    download = await exported(parley)

    file = tmp_path / download.suggested_filename
    await download.save_as(file)
    assert "But this" in file.read_text()
    assert "Not this" not in file.read_text()
    assert file.suffix == ".md"


async def test_an_export_is_written_to_the_file_that_was_picked_or_not_at_all(
    open_parley: OpenParley,
):
    async def break_off(route: Route) -> None:
        response = await route.fetch()
        body = await response.body()
        await route.fulfill(response=response, body=body[:-10])

    parley = await open_parley()
    await parley.page.add_init_script(PICKED)
    await asked(parley, "Keep this")
    await open_settings(parley)
    await parley.page.route(EXPORT, break_off, times=1)

    await parley.press("Export")
    await expect(parley.alert).to_contain_text("Nothing was saved.")
    assert await parley.page.evaluate(STORED) == {}
    await parley.press("Export again")

    status = section(parley, "Export").get_by_role("status")
    await expect(status).to_contain_text("Exported")
    (written,) = (await parley.page.evaluate(STORED)).values()
    assert json.loads(written)["conversations"][0]["messages"][0]["text"] == "Keep this"


async def test_an_import_says_what_was_left_out_and_why(parley: Parley):
    await parley.sign_up()
    await open_settings(parley)

    await choose_file(parley, zipped(claude(6)))

    found = section(parley, "Import")
    await expect(
        found.get_by_text("Imported 4 conversations with 4 messages.")
    ).to_be_visible()
    await expect(
        found.get_by_text("wholly or in part: 2 conversations")
    ).to_be_visible()
    skipped = found.get_by_role("listitem")
    await expect(skipped).to_have_count(2)
    await expect(skipped.first).to_contain_text(
        "No. 3 Imported 2It has no messages to keep."
    )
    await expect(found.get_by_role("heading", name="Unfinished imports")).to_have_count(
        0
    )


async def test_a_file_of_something_else_is_refused_in_words(parley: Parley):
    await parley.sign_up()
    await open_settings(parley)
    found = section(parley, "Import")

    await choose_file(parley, made_of(b'{"a": 1}'))
    await expect(found.get_by_role("status")).to_contain_text("Nothing was imported.")
    await expect(found.get_by_role("status")).to_contain_text("no export of Parley")
    await choose_file(parley, made_of(b""))

    await expect(parley.alert).to_contain_text("This file is empty.")


async def test_an_upload_goes_on_after_a_cut_and_after_a_reload(
    parley: Parley, tmp_path: Path
):
    file = tmp_path / "conversations.json"
    file.write_bytes(claude(60, filler=40_000))
    parts = -(-file.stat().st_size // PART)
    assert parts > 5
    sent: list[str] = []

    async def cut(route: Route) -> None:
        sent.append("part")
        if len(sent) == 2:
            await route.fetch()  # it arrives, and the answer is lost
            await route.abort("connectionreset")
        elif len(sent) <= 4:
            await route.continue_()
        # The rest hangs in the air until the page is left.

    await parley.sign_up()
    await open_settings(parley)
    await parley.page.route(UPLOAD, cut)
    await choose_file(parley, file)
    found = section(parley, "Import")
    progress = found.get_by_role("progressbar")
    await expect(progress).to_have_attribute("value", str(3 * PART))
    parley.page.once("dialog", lambda dialog: dialog.accept())
    await parley.page.reload()
    await expect(found.get_by_text("Choose this file again to go on.")).to_be_visible()
    await parley.page.unroute(UPLOAD)
    resumed: list[str] = []
    parley.page.on(
        "request",
        lambda request: (
            resumed.append(request.url) if "UploadImport" in request.url else None
        ),
    )

    await choose_file(parley, file)

    await expect(found.get_by_text("Imported 40 conversations")).to_be_visible()
    await expect(found.get_by_role("heading", name="Unfinished imports")).to_have_count(
        0
    )
    # The first part once more, to hear how far it was, and what was missing.
    assert len(resumed) == 1 + parts - 3


async def test_a_cancelled_import_is_gone_on_with(parley: Parley, tmp_path: Path):
    file = tmp_path / "conversations.json"
    file.write_bytes(claude(60, filler=20_000))
    await parley.sign_up()
    await open_settings(parley)
    await parley.page.route(RUN, lambda _: None)  # it hangs in the air
    found = section(parley, "Import")
    await choose_file(parley, file)
    await expect(found.get_by_role("status")).to_contain_text("Reading")

    await parley.press("Cancel the import")
    await expect(found.get_by_role("status")).to_contain_text("is cancelled")
    await parley.page.unroute(RUN)
    await parley.press("Go on with conversations.json")

    await expect(found.get_by_text("Imported 40 conversations")).to_be_visible()
    await expect(found.get_by_role("heading", name="Unfinished imports")).to_have_count(
        0
    )
