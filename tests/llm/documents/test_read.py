"""ReadDocument: the text at a place; and files that have none."""

from __future__ import annotations

import pytest

from tests.calls import refusal
from tests.llm.documents.knowledge import Document, Knowing, reason


async def test_a_page_is_read_or_the_one_that_a_place_lies_on(me: Knowing):
    pages = ["One fox.\f", "Two foxes.\f", "Three foxes."]
    document = await me.upload("".join(pages))
    assert document.page_count == 3

    for number, text in enumerate(pages, start=1):
        first = "".join(pages).index(text)
        for asked in ({"page": number}, {"offset": first + 3}):
            read = (await me.read(document.name, **asked)).page
            assert (read.page, read.text, read.start_offset) == (number, text, first)
    read = await me.read(document.name)
    assert read.page.page == 1
    assert read.document == document


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"page": 4}, "page"),
        ({"page": -1}, "page"),
        ({"offset": -1}, "offset"),
        ({"offset": 1_000}, "offset"),
        ({"page": 2, "offset": 1}, "offset"),
    ],
)
async def test_a_place_that_is_not_there_is_refused(
    me: Knowing, asked: dict[str, int], field: str
):
    document = await me.upload("One fox.\fTwo foxes.\fThree foxes.")

    refused = await refusal(me.read(document.name, **asked))

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == field


@pytest.mark.parametrize("letter", ["a", "ä", "犬", "🦊"])
async def test_a_long_text_without_pages_is_read_from_stretch_to_stretch(
    me: Knowing, letter: str
):
    text = "".join(f"{letter}{number:06} " for number in range(20_000))
    document = await me.upload(text)

    offset, whole = 0, ""
    while offset < len(text):
        read = (await me.read(document.name, offset=offset)).page
        assert len(read.text.encode()) <= 64 * 1024
        assert text[read.start_offset :].startswith(read.text)
        assert read.start_offset <= offset < read.start_offset + len(read.text)
        whole += read.text[offset - read.start_offset :]
        offset = read.start_offset + len(read.text)

    assert whole == text


async def test_a_file_without_text_is_an_image_or_has_failed(me: Knowing):
    image = await me.upload(b"\x89PNG" + bytes(20), "fox.png")
    empty = await me.upload("  \n ")
    broken = await me.upload(b"\xff\xfe")

    assert (image.state, image.media_type) == (Document.STATE_READY, "image/png")
    assert (await me.read(image.name)).page.text == ""
    assert empty.state == broken.state == Document.STATE_FAILED
    assert reason(empty) == "DOCUMENT_WITHOUT_TEXT"
    assert reason(broken) == "DOCUMENT_CORRUPT"
    assert await me.download(broken.name) == b"\xff\xfe"
