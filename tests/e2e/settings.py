"""What a person sees of the settings, what they do there, and files to import."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from playwright.async_api import Download, FilePayload, Locator, expect

from tests.e2e.pages import Parley

UPLOAD = "**/parley.chat.v1.TransferService/UploadImport"
RUN = "**/parley.chat.v1.TransferService/RunImport"
EXPORT = "**/parley.chat.v1.TransferService/ExportConversations"


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
