"""What a person sees of their documents, what they do with them, and a book to read."""

from playwright.async_api import FilePayload, Locator, expect

from tests.e2e.pages import Parley

PAGES = 60
LINES = 30


def hero(page: int) -> str:
    """Return a name that stands on one page of the book only."""
    first, second = divmod(page, 8)
    syllables = ("bor", "den", "fal", "gim", "hul", "jor", "kep", "lun")
    return (syllables[first] + syllables[second] + "wick").capitalize()


def deed(page: int) -> str:
    """Return what is said of the hero of a page."""
    return f"{hero(page)} crossed the river in the year {1400 + page}."


def book() -> FilePayload:
    """Write a PDF of many pages, each with its own hero."""
    pages = range(1, PAGES + 1)
    # 1 is the catalogue, 2 the pages, 3 the font; then a page and its text in turn.
    kids = " ".join(f"{2 + 2 * page} 0 R" for page in pages)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {PAGES} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in pages:
        lines = ["Of rivers, and of those who crossed them."] * LINES
        lines[LINES // 2] = deed(page)
        shown = " ".join(f"({line}) Tj T*" for line in lines)
        text = f"BT /F1 11 Tf 14 TL 60 760 Td {shown} ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {3 + 2 * page} 0 R >>",
            f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        ]
    file, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(file))
        file += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    file += (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF\n"
    ).encode()
    return {"name": "rivers.pdf", "mimeType": "application/pdf", "buffer": file}


def broken() -> FilePayload:
    """Write what begins like a PDF and is none."""
    return {
        "name": "broken.pdf",
        "mimeType": "application/pdf",
        "buffer": b"%PDF-1.4\nnothing follows",
    }


def attached(parley: Parley) -> Locator:
    """Return the files that are to come with the next message."""
    return parley.page.get_by_role("list", name="Attached files").last


async def attach(parley: Parley, file: FilePayload) -> None:
    """Choose a file to come with the next message."""
    await parley.page.get_by_label("Files to attach").set_input_files(file)


async def attach_book(parley: Parley) -> None:
    """Attach the book, and wait until it is read."""
    await attach(parley, book())
    await expect(attached(parley).get_by_text("Ready")).to_be_visible(timeout=60_000)


async def ask_documents(parley: Parley, text: str) -> None:
    """Ask, and again where a busy machine has not searched the documents in time."""
    ended = parley.page.get_by_role("button", name="Copy reply")
    late = parley.page.get_by_text("Answered without your documents")
    await parley.ask(text)
    await expect(ended).to_be_visible()
    while await late.count():
        await parley.press("Regenerate")
        await expect(ended).to_be_visible()


def sources(parley: Parley) -> Locator:
    """Return what the newest reply rests on."""
    region = parley.page.get_by_role("region", name="Sources").last
    return region.get_by_role("button")


def source(parley: Parley) -> Locator:
    """Return the source that is open."""
    return parley.page.get_by_role("dialog")


async def open_library(parley: Parley) -> None:
    """Go to the documents of who is signed in."""
    await parley.page.get_by_role("link", name="Library").click()
    await expect(
        parley.page.get_by_role("heading", name="Library", level=1)
    ).to_be_visible()


async def upload(parley: Parley, file: FilePayload) -> None:
    """Upload a file to the shelf that is shown."""
    await parley.page.locator("main input[type=file]").first.set_input_files(file)


def documents(parley: Parley) -> Locator:
    """Return the documents that are listed."""
    return parley.page.get_by_role("list", name="Documents").get_by_role("listitem")
