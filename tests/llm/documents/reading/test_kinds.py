"""What is read of each kind of file."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from services.llm.documents.model import Content, Heading
from services.llm.documents.reading.naming import DOCX, PPTX, XLSX
from services.llm.documents.reading.reader import ChildReader
from tests.llm.documents.files import (
    PNG,
    SCAN,
    altered,
    make_docx,
    make_epub,
    make_pdf,
    make_pptx,
    make_xlsx,
)
from tests.llm.documents.hostile import WORD
from tests.llm.documents.reading.conftest import Read

MAIL = b"""From: Ann <ann@example.org>
To: Bob <bob@example.org>
Subject: =?utf-8?q?Caf=C3=A9?=
Date: Mon, 1 Jan 2024 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/html; charset=utf-8

<p>Dear <b>Bob</b>,</p><script>alert(1)</script><p>see the bill.</p>
--B
Content-Type: application/pdf
Content-Disposition: attachment; filename=bill.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjcK
--B--
"""
PAGE = b"""<!doctype html><head><title>Tea</title><style>p {color: red}</style></head>
<h1>Tea</h1><p>Hot<br>and <b>strong</b><script>document.write("evil")</script></p>
<ul><li>green<li>black</ul><svg><text>drawn</text></svg>
<h2>Prices</h2><table><tr><th>kind<th>price<tr><td><p>green</p><td>3</table>"""
JAPANESE = (
    "\u5c71\u7530\u3055\u3093\u306f\u6771\u4eac\u306b"
    "\u4f4f\u3093\u3067\u3044\u307e\u3059\u3002\n"
)


def shown(content: Content) -> list[tuple[str, str]]:
    """Return each heading with what stands at its place."""
    return [
        (heading.text, content.text[heading.start :][: len(heading.text)])
        for heading in content.headings
    ]


async def test_a_pdf_is_read_page_by_page(read: Read):
    first = (
        "Introduction\nThis is a long line of a paragraph that does not end here but\n"
        "goes on in the next, with a hyphen-\nated word. And so it ends.\nAnother line."
    )
    data = make_pdf(
        [first, "nothing", "Chapter (two)\nna\u00efve"],
        outline=[("Introduction", 1), ("Chapter (two)", 3)],
    )

    content = await read(data, "a.pdf")

    assert content.media_type == "application/pdf"
    assert [page.number for page in content.pages] == [1, 2, 3]
    assert content.pages[0].text == (
        "Introduction\nThis is a long line of a paragraph that does not end here but "
        "goes on in the next, with a hyphenated word. And so it ends.\nAnother line.\n"
    )
    assert content.pages[2].text == "Chapter (two)\nna\u00efve\n"
    second = len(content.pages[0].text)
    assert [page.start for page in content.pages] == [0, second, second + 8]
    assert content.headings == (
        Heading(0, 1, "Introduction"),
        Heading(second + 8, 1, "Chapter (two)"),
    )
    assert [(chunk.page, chunk.section) for chunk in content.chunks] == [
        (1, "Introduction"),
        (2, "Introduction"),
        (3, "Chapter (two)"),
    ]
    assert not content.flags


async def test_pages_that_are_pictures_are_flagged(read: Read):
    content = await read(make_pdf(["Text", SCAN, "More text"]), "a.pdf")

    assert [page.text for page in content.pages] == ["Text\n", "", "More text\n"]
    assert content.flags == {"pages_without_text"}


async def test_a_docx_is_read_with_headings_and_tables_in_their_order(read: Read):
    data = make_docx(
        ["# Plan", "Hello\u00a0world", "## Costs", "As follows:"],
        table=[["what", "how much"], ["tea", "3"]],
    )

    content = await read(data, "plan.docx")

    assert content.media_type == DOCX
    assert content.text == (
        "Plan\n\nHello world\n\nCosts\n\nAs follows:\n\nwhat | how much\ntea | 3\n\n"
    )
    assert content.headings == (Heading(0, 1, "Plan"), Heading(19, 2, "Costs"))


async def test_a_docx_is_read_as_it_stands_after_its_changes(read: Read):
    body = """
        <w:sdt><w:sdtContent><w:p><w:r><w:t>a field</w:t></w:r></w:p>
            </w:sdtContent></w:sdt>
        <w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins>
            <w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>
        <w:tbl><w:tr><w:tc><w:p/><w:tbl><w:tr><w:tc><w:p><w:r><w:t>in</w:t><w:tab/>
            <w:t>a cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>"""
    document = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    data = altered(make_docx([]), {"word/document.xml": document.encode()})

    content = await read(data, "a.docx")

    assert content.text == "a field\n\nnew\n\nin a cell\n\n"


async def test_a_pptx_has_a_page_for_each_slide(read: Read):
    data = make_pptx([("One", "first"), ("Two", "second")], notes="Speak slowly.")

    content = await read(data, "talk.pptx")

    assert content.media_type == PPTX
    assert [page.text for page in content.pages] == [
        "One\n\nfirst\n\nSpeak slowly.\n\n",
        "Two\n\nsecond\n\nSpeak slowly.\n\n",
    ]
    assert shown(content) == [("One", "One"), ("Two", "Two")]


async def test_an_xlsx_has_a_page_for_each_sheet_and_chunks_name_its_columns(
    read: Read,
):
    rows: list[Sequence[object]] = [["what", "price", "since"]]
    rows += [["tea", 3.0, date(2024, 1, 2)], [], ["milk", 0.1, None]]
    data = make_xlsx({"Costs": rows, "Empty": []})

    content = await read(data, "costs.xlsx")

    assert content.media_type == XLSX
    assert [page.text for page in content.pages] == [
        "what | price | since\ntea | 3 | 2024-01-02\nmilk | 0.1\n",
        "",
    ]
    assert [chunk.section for chunk in content.chunks] == [
        "Costs \u203a what | price | since"
    ]


async def test_html_is_read_as_it_is_seen(read: Read):
    content = await read(PAGE, "tea.html")

    assert content.media_type == "text/html"
    assert content.text == (
        "Tea\n\nTea\n\nHot\n\nand strong\n\n- green\n\n- black\n\n"
        "Prices\n\nkind | price\ngreen | 3\n\n"
    )
    assert shown(content) == [("Tea", "Tea"), ("Prices", "Prices")]


async def test_markdown_stays_as_it_is_and_has_headings(read: Read):
    text = "Top\n===\n\n```\n# no heading\n```\n\n## Sub ##\n\nText\n"

    content = await read(text.encode(), "a.md")

    assert content.media_type == "text/markdown"
    assert content.text == text
    assert content.headings == (Heading(0, 1, "Top"), Heading(31, 2, "Sub"))


async def test_code_stays_as_it_is(read: Read):
    text = "# a comment\ndef f():\n\n    return 1\n"

    content = await read(text.encode(), "a.py")

    assert (content.media_type, content.text) == ("text/x-python", text)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'name;age;note\n"Ann";3;"one\ntwo"\nBob;4;\nEve;5;x\n', "people.csv"),
        (b"name,age,note\nAnn,3,one two\nBob,4,\nEve,5,x\n", "people"),
        (b"name\tage\tnote\nAnn\t3\tone two\nBob\t4\t\nEve\t5\tx\n", "people.tsv"),
    ],
)
async def test_rows_stay_whole_under_their_columns(data: bytes, name: str, read: Read):
    content = await read(data, name)

    assert content.text == (
        "name | age | note\nAnn | 3 | one two\nBob | 4 |\nEve | 5 | x\n"
    )
    assert [chunk.section for chunk in content.chunks] == ["name | age | note"]


async def test_an_epub_is_read_chapter_by_chapter(read: Read):
    data = make_epub(
        ["<h1>One</h1><p>It was d&eacute;j&agrave; vu.</p>", "<h1>Two</h1>"]
    )

    content = await read(data, "book.epub")

    assert content.media_type == "application/epub+zip"
    assert content.text == "One\n\nIt was d\u00e9j\u00e0 vu.\n\nTwo\n\n"
    assert shown(content) == [("One", "One"), ("Two", "Two")]


async def test_mail_is_read_and_names_what_is_attached(read: Read):
    content = await read(MAIL, "a.eml")

    assert content.media_type == "message/rfc822"
    assert content.text == (
        "From: Ann <ann@example.org>\nTo: Bob <bob@example.org>\n"
        "Date: Mon, 01 Jan 2024 10:00:00 +0000\nSubject: Caf\u00e9\n\n"
        "Dear Bob,\n\nsee the bill.\n\nAttachment: bill.pdf (application/pdf)\n"
    )


async def test_json_is_laid_out(read: Read):
    content = await read(b'{"a":[1,{"b":"\\u00e9"}]}', "a.json")

    assert content.media_type == "application/json"
    assert content.text == '{\n "a": [\n  1,\n  {\n   "b": "\u00e9"\n  }\n ]\n}\n'


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
async def test_an_image_is_told_by_how_it_begins(
    data: bytes, media_type: str, read: Read
):
    assert await read(data, "image") == Content(media_type=media_type)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "shift_jis"]
)
async def test_text_is_read_in_any_encoding(encoding: str, read: Read):
    marked = not encoding.startswith("utf-16-")
    text = (JAPANESE if marked else "Latin text without a mark\n") * 20

    content = await read(text.encode(encoding), "a.txt")

    assert content.text == text


async def test_latin_text_is_read(read: Read):
    text = "Voil\u00e0: la cr\u00e8me br\u00fbl\u00e9e, dit le gar\u00e7on.\n" * 20

    assert (await read(text.encode("latin-1"), "a.txt")).text == text


async def test_what_no_text_holds_is_left_out(read: Read):
    content = await read(
        b"a\0b\x07\r\nc\xc2\xadd\xef\xbb\xbf  \r\ne" + b" " * 999, "a.txt"
    )

    assert "\0" not in content.text
    assert content.text.splitlines() == ["ab", "cd", "e"]


async def test_progress_only_grows(reader: ChildReader, tmp_path: Path):
    file = tmp_path / "file"
    file.write_bytes(make_pdf([f"Page {number}" for number in range(50)]))
    seen: list[int] = []

    await reader.read(file, "a.pdf", seen.append)

    assert seen == sorted(set(seen))
    assert 0 < seen[0] < seen[-1] <= 100
