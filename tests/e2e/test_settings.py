"""The settings: usage, links, export, import, erasing."""

import json
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from playwright.async_api import Download, FilePayload, Locator, Route, expect

from tests.e2e.conftest import OpenParley
from tests.e2e.pages import Parley

UPLOAD = "**/parley.chat.v1.TransferService/UploadImport"
RUN = "**/parley.chat.v1.TransferService/RunImport"
EXPORT = "**/parley.chat.v1.TransferService/ExportConversations"
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


async def open_settings(parley: Parley) -> None:
    """Go to the settings of who is signed in."""
    await parley.open_account_menu()
    await parley.page.get_by_role("link", name="Settings").click()
    await expect(
        parley.page.get_by_role("heading", name="Settings", level=1)
    ).to_be_visible()


def section(parley: Parley, name: str) -> Locator:
    """Return one section of the page."""
    return parley.page.get_by_role("region", name=name, exact=True)


async def asked(parley: Parley, *questions: str) -> None:
    """Sign up, and have a conversation for each question."""
    await parley.sign_up()
    for question in questions:
        await parley.begin_conversation()
        await parley.ask(question)
        await expect(
            parley.page.get_by_role("button", name="Copy reply")
        ).to_be_visible()


async def exported(parley: Parley) -> Download:
    """Press the button, and return what comes."""
    async with parley.page.expect_download() as coming:
        await parley.press("Export")
    download = await coming.value
    await expect(section(parley, "Export").get_by_role("status")).to_contain_text(
        "Exported"
    )
    return download


async def choose_file(parley: Parley, file: FilePayload | Path) -> None:
    """Choose a file to import."""
    chooser = section(parley, "Import").locator("input[type=file]")
    await chooser.set_input_files(file)


def claude(conversations: int, *, filler: int = 0) -> bytes:
    """Write an export as Claude does; every third conversation is empty."""
    return json.dumps(
        [
            {
                "uuid": f"00000000-0000-4000-8000-{number:012}",
                "name": f"Imported {number}",
                "created_at": "2026-05-01T08:00:00Z",
                "updated_at": "2026-05-01T08:00:00Z",
                "chat_messages": []
                if number % 3 == 2
                else [
                    {
                        "uuid": f"00000000-0000-4000-9000-{number:012}",
                        "sender": "human",
                        "text": f"Question {number} " + "x" * filler,
                        "created_at": "2026-05-01T08:00:00Z",
                    }
                ],
            }
            for number in range(conversations)
        ]
    ).encode()


def made_of(content: bytes) -> FilePayload:
    """Make a file that may be no export."""
    return {"name": "a.json", "mimeType": "application/json", "buffer": content}


def zipped(content: bytes) -> FilePayload:
    """Pack an export as it is sent to people."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("conversations.json", content)
    return {
        "name": "claude.zip",
        "mimeType": "application/zip",
        "buffer": packed.getvalue(),
    }


async def test_usage_says_what_is_used_and_what_each_reply_cost(parley: Parley):
    await asked(parley, "What do you cost?")
    await open_settings(parley)

    usage = section(parley, "Usage")
    for period in ("Today", "This month"):
        await expect(usage.get_by_role("heading", name=period)).to_be_visible()
    await expect(usage.get_by_text("used, no limit")).to_have_count(4)
    await expect(usage.get_by_text("more messages at once")).to_be_visible()
    reply = usage.get_by_role("row").last
    await expect(reply).to_contain_text("scripted")
    await reply.get_by_role("link").click()

    await expect(parley.questions).to_have_text(["You: What do you cost?"])


async def test_charges_come_page_by_page(parley: Parley):
    await asked(parley, "The first")
    for _ in range(20):
        await parley.press("Regenerate")
        await expect(
            parley.page.get_by_role("button", name="Copy reply")
        ).to_be_visible()
    await open_settings(parley)
    usage = section(parley, "Usage")
    links = usage.get_by_role("row").get_by_role("link")
    await expect(links).to_have_count(20)

    await usage.get_by_role("button", name="Show more").click()

    await expect(links).to_have_count(21)
    await expect(usage.get_by_role("button", name="Show more")).to_have_count(0)


async def test_a_link_is_revoked_for_those_who_have_it(
    parley: Parley, open_parley: OpenParley
):
    await asked(parley, "Share this")
    await parley.choose("Share")
    await parley.press("Create a link")
    link = parley.page.get_by_role("dialog").get_by_role("link")
    address = await link.get_attribute("href")
    assert address
    await parley.press("Close")
    await open_settings(parley)
    links = section(parley, "Shared links")
    await expect(links.get_by_role("listitem")).to_have_count(1)

    await links.get_by_role("button", name=re.compile("^Revoke")).click()
    await parley.press("Revoke the link")

    await expect(links.get_by_text("You have shared nothing.")).to_be_visible()
    stranger = await open_parley()
    await stranger.page.goto(address)
    await expect(stranger.alert).to_contain_text("leads nowhere")


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


async def test_data_are_erased_only_with_the_words_for_it(parley: Parley):
    await asked(parley, "Forget me")
    await open_settings(parley)
    await parley.press("Erase my data…")
    words = parley.page.get_by_label("Type “erase my data”")

    await words.fill("erase")
    await parley.press("Erase everything")
    await expect(words).to_have_accessible_description("Type “erase my data” to go on.")
    await words.fill("erase my data")
    await parley.press("Erase everything")

    status = section(parley, "Erase my data").get_by_role("status")
    await expect(status).to_contain_text("Everything will be gone by")
    await parley.page.get_by_role("link", name="Conversations").click()
    await expect(parley.composer).to_be_visible()
    await expect(parley.listed).to_have_count(0)
