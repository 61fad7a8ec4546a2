"""What is refused, and why; what is read all the same, and flagged."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest

from services.llm.documents.model import (
    MAX_CHARACTERS,
    DocumentCorrupt,
    DocumentEncrypted,
    DocumentTooComplex,
    DocumentUnsupported,
    DocumentWithoutText,
    Unreadable,
)
from services.llm.documents.reading.bounds import Limits
from services.llm.documents.reading.naming import DOCX, XLSX
from services.llm.documents.reading.reader import ChildReader, child_reader
from tests.llm.documents import hostile
from tests.llm.documents.files import (
    PNG,
    SCAN,
    altered,
    make_docx,
    make_epub,
    make_pdf,
    make_xlsx,
    make_zip,
)
from tests.llm.documents.reading.conftest import Read

PDF = make_pdf(["Hello"] * 20)
WORDS = ["Hello"]
MACRO_TYPE = b"application/vnd.ms-word.document.macroEnabled.main+xml"


@pytest.mark.asvs("5.2.2")
@pytest.mark.parametrize(
    ("data", "name", "refusal"),
    [
        (b"", "a.pdf", DocumentWithoutText),
        (b"\xef\xbb\xbf \r\n\0\0", "a.txt", DocumentWithoutText),
        (make_pdf([SCAN] * 500), "scan.pdf", DocumentWithoutText),
        (make_docx([]), "a.docx", DocumentWithoutText),
        (b"<!doctype html><script>x</script>", "a.html", DocumentWithoutText),
        (hostile.encrypted_pdf("secret"), "a.pdf", DocumentEncrypted),
        (hostile.locked(make_docx(WORDS)), "a.docx", DocumentEncrypted),
        (hostile.locked(make_zip({"a.txt": b"x"})), "a.zip", DocumentEncrypted),
        (
            hostile.OLE + bytes(999) + "EncryptedPackage".encode("utf-16-le"),
            "a.docx",
            DocumentEncrypted,
        ),
        (
            make_epub(
                ["<p>x</p>"],
                encryption=b'<e><EncryptionMethod Algorithm="aes"/></e>',
            ),
            "a.epub",
            DocumentEncrypted,
        ),
        (PDF[:200], "a.pdf", DocumentCorrupt),
        (b"%PDF-1.7\n" + bytes(range(256)) * 99, "a.pdf", DocumentCorrupt),
        (make_docx(WORDS)[:5000], "a.docx", DocumentCorrupt),
        (
            altered(make_docx(WORDS), {"word/document.xml": b"<w:document"}),
            "a.docx",
            DocumentCorrupt,
        ),
        (
            altered(make_epub([""]), {"META-INF/container.xml": b"<x/>"}),
            "a.epub",
            DocumentCorrupt,
        ),
        (hostile.OLE + bytes(999), "a.doc", DocumentUnsupported),
        (make_zip({"a.zip": make_zip({"b": b"x"})}), "a.zip", DocumentUnsupported),
        (Path("/bin/true").read_bytes(), "a.txt", DocumentUnsupported),
        (b"MZ\x90\0" + b"This program cannot be run", "a.pdf", DocumentUnsupported),
        (bytes(range(256)) * 99, "a.txt", DocumentUnsupported),
        (b"{\\rtf1 Hello}", "a.rtf", DocumentUnsupported),
    ],
)
async def test_what_cannot_be_read_is_refused_with_the_reason(
    data: bytes, name: str, refusal: type[Unreadable], read: Read
):
    with pytest.raises(Unreadable) as refused:
        await read(data, name)

    assert type(refused.value) is refusal


@pytest.mark.asvs("5.2.3")
@pytest.mark.parametrize(
    "data",
    [
        hostile.bomb(make_docx(WORDS)),
        hostile.bomb(make_xlsx({"a": [["x"]]})),
        hostile.bomb(make_epub(["x"])),
        make_zip({**{f"{number}": b"" for number in range(20_001)}}),
    ],
)
async def test_what_unpacks_to_too_much_is_not_unpacked(data: bytes, read: Read):
    with pytest.raises(DocumentTooComplex):
        await read(data, "a.docx")


@pytest.mark.parametrize(
    "data", [hostile.cyclic_pdf(), hostile.deep_pdf(), hostile.unfolding_pdf()]
)
async def test_a_pdf_that_leads_nowhere_is_refused(data: bytes, read: Read):
    with pytest.raises(Unreadable):
        await read(data, "a.pdf")


async def test_a_pdf_that_anybody_may_open_is_read_though_encrypted(read: Read):
    content = await read(hostile.encrypted_pdf(""), "a.pdf")

    assert content.text == "Between us\n"


async def test_a_large_process_that_starts_it_makes_no_file_too_complex(read: Read):
    large = bytearray(700 * 1024 * 1024)
    large[::4096] = b"x" * len(large[::4096])  # so that it is really held

    with pytest.raises(DocumentCorrupt):
        await read(hostile.laughing_docx(), "a.docx")


@pytest.mark.asvs("1.5.1")
async def test_laughs_are_not_multiplied(read: Read):
    with pytest.raises(DocumentCorrupt):
        await read(hostile.laughing_docx(), "a.docx")


@pytest.mark.asvs("1.5.1")
async def test_nothing_is_read_that_a_document_asks_for(tmp_path: Path, read: Read):
    secret = tmp_path / "secret"
    secret.write_text("do not tell")
    asking = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    page = f"<html><p>before &x; after</p><svg>{asking}&x;</svg></html>"
    chapter = {"OEBPS/chapter 0.xhtml": f"{asking}{page}".encode()}
    data = [
        (hostile.asking_docx(secret.as_uri()), "a.docx"),
        (f"{asking}{page}".encode(), "a.html"),
        (altered(make_epub([""]), chapter), "b.epub"),
    ]

    for each, name in data:
        content = await read(each, name)

        assert "before" in content.text
        assert "tell" not in content.text


async def test_a_document_with_macros_is_read_without_them(read: Read):
    plain = make_docx(WORDS)
    data = altered(
        plain,
        {
            "[Content_Types].xml": entry(plain, "[Content_Types].xml").replace(
                f"{DOCX}.main+xml".encode(), MACRO_TYPE
            ),
            "word/vbaProject.bin": b"Sub AutoOpen()",
        },
    )

    content = await read(data, "a.docm")

    assert content.media_type == DOCX
    assert content.text == "Hello\n\n"
    assert content.flags == {"active_content"}


async def test_a_workbook_with_macros_is_read_without_them(read: Read):
    data = altered(make_xlsx({"a": [["x"]]}), {"xl/vbaProject.bin": b"Sub Open()"})

    content = await read(data, "a.xlsm")

    assert content.media_type == XLSX
    assert content.flags == {"active_content"}


@pytest.mark.parametrize(
    "catalogue",
    [
        b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
        b"/Names << /JavaScript << /Names [] >> >>",
    ],
)
async def test_a_pdf_with_a_script_is_flagged(catalogue: bytes, read: Read):
    content = await read(make_pdf(["Hello"], catalogue=catalogue), "a.pdf")

    assert content.text == "Hello\n"
    assert content.flags == {"active_content"}


@pytest.mark.asvs("5.2.2")
@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (PNG, "a.pdf", "image/png"),
        (PDF, "a.txt", "application/pdf"),
        (b"Hello there", "a.docx", "text/plain"),
        (b"<html>Hello", "a.xls", "text/html"),
        (make_docx(WORDS), "a.xlsx", DOCX),
    ],
)
async def test_a_name_that_misleads_is_flagged_and_not_believed(
    data: bytes, name: str, media_type: str, read: Read
):
    content = await read(data, name)

    assert content.media_type == media_type
    assert content.flags == {"name_misleads"}


@pytest.mark.parametrize("name", ["a", "a.docx.pdf", "a.PDF ", "../../a.pdf", "a.b c"])
async def test_a_name_that_does_not_mislead_is_not_flagged(name: str, read: Read):
    assert (await read(PDF, name)).flags == set()


async def test_a_table_of_60_mb_is_read_as_far_as_is_kept(
    reader: ChildReader, tmp_path: Path
):
    file = tmp_path / "file"
    row = b"1234567,Ann Example,ann@example.org,Rome,2024-01-01,some more words\n"
    file.write_bytes(b"id,name,mail,city,since,note\n" + row * (60_000_000 // len(row)))

    content = await reader.read(file, "big.csv", lambda percent: None)

    assert content.flags == {"truncated"}
    assert len(content.text) == MAX_CHARACTERS
    assert {chunk.section for chunk in content.chunks} == {
        "id | name | mail | city | since | note"
    }
    assert content.chunks[-1].end > MAX_CHARACTERS - 100


async def test_a_line_of_50_mb_is_read_as_far_as_is_kept(read: Read):
    content = await read(b"x" * 50_000_000, "a.txt")

    assert content.flags == {"truncated"}
    assert content.chunks[-1].end == MAX_CHARACTERS


async def test_a_table_that_is_none_is_read_as_text(read: Read):
    data = b'name,note\nAnn,"never closed\n' + b"Bob,no quotes here\n" * 100_000

    content = await read(data, "a.csv")

    assert content.text.count("Bob") == 100_000


async def test_comments_in_a_row_do_not_keep_the_reader_busy(tmp_path: Path):
    file = tmp_path / "file"
    file.write_bytes(b"<!---->" * 9_000 + b"<note/>")

    async with child_reader(Limits(cpu_seconds=3)) as reader:
        content = await reader.read(file, "a.xml", lambda percent: None)

    assert content.media_type == "text/xml"


async def test_tags_in_tags_without_end_are_read(read: Read):
    data = b"<html>" + b"<div>" * 10_000 + b"deep" + b"</div>" * 10_000 + b"<p>after"

    content = await read(data, "a.html")

    assert content.text == "deep\n\nafter\n\n"


@pytest.mark.asvs("5.2.1")
async def test_a_file_beyond_what_may_be_uploaded_is_not_read(
    reader: ChildReader, tmp_path: Path
):
    file = tmp_path / "file"
    with file.open("wb") as hole:
        hole.truncate(300_000_000)

    with pytest.raises(DocumentTooComplex):
        await reader.read(file, "a.csv", lambda percent: None)


def entry(archive: bytes, name: str) -> bytes:
    """Return an entry of an archive."""
    with ZipFile(io.BytesIO(archive)) as read:
        return read.read(name)
