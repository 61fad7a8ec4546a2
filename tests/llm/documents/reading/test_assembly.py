"""A child that was taken over is not believed."""

import json
from collections.abc import Mapping, Sequence

import pytest

from services.llm.documents.model import (
    MAX_CHARACTERS,
    Chunk,
    Content,
    DocumentEncrypted,
    Heading,
    Page,
)
from services.llm.documents.reading.assembly import Assembly, Nonsense

HEAD = {"type": "text", "page": 1, "text": "Hello "}
TAIL = {"type": "text", "page": 2, "text": "there"}
HEADINGS = {"type": "headings", "headings": [[0, 1, "Top"]]}
CHUNKS = {"type": "chunks", "chunks": [[0, 5, "Top"], [6, 11, "Top"]]}
DONE = {"type": "done", "media_type": "application/pdf", "flags": ["truncated"]}
Line = Mapping[str, object] | bytes


def heard(*lines: Line) -> Assembly:
    """Let an assembly hear lines."""
    assembly = Assembly(lambda percent: None)
    for line in lines:
        assembly.hear(line if isinstance(line, bytes) else json.dumps(line).encode())
    return assembly


def test_what_is_said_in_order_is_believed():
    assembly = heard({"type": "far", "percent": 50}, HEAD, TAIL, HEADINGS, CHUNKS, DONE)

    assert assembly.content == Content(
        media_type="application/pdf",
        pages=(Page(1, 0, "Hello "), Page(2, 6, "there")),
        headings=(Heading(0, 1, "Top"),),
        chunks=(
            Chunk(0, 0, 5, 1, "Top", "Hello"),
            Chunk(1, 6, 11, 2, "Top", "there"),
        ),
        flags=frozenset({"truncated"}),
    )


def test_progress_is_passed_on_when_it_grows():
    seen: list[int] = []
    assembly = Assembly(seen.append)

    for percent in (1, 1, 3, 2, 3, 100):
        assembly.hear(json.dumps({"type": "far", "percent": percent}).encode())

    assert seen == [1, 3, 100]


def test_a_refusal_is_one_of_those_that_there_are():
    with pytest.raises(DocumentEncrypted):
        heard({"type": "refused", "reason": "DOCUMENT_ENCRYPTED"})


@pytest.mark.parametrize(
    "lines",
    [
        [b"\xff\xfe\n"],
        [b"[" * 100_000],
        [b'"' + b"x" * 300_000 + b'"'],
        [{"type": "shell", "command": "rm"}],
        [{"type": "refused", "reason": "INTERNAL"}],
        [{**HEAD, "more": 1}],
        [{**HEAD, "text": "a\0b"}],
        [b'{"type":"text","page":0,"text":"\\ud800"}'],
        [{**HEAD, "text": "x" * 40_000}],
        [{**HEAD, "page": 2}],
        [{**HEAD, "page": -1}],
        [HEAD, {**TAIL, "page": 3}],
        [TAIL, HEAD],
        [{**HEAD, "page": 0}, HEAD],
        [HEAD, HEADINGS, TAIL],
        [HEAD, {"type": "headings", "headings": [[7, 1, "beyond"]]}],
        [HEAD, {"type": "headings", "headings": [[5, 1, "a"], [4, 1, "b"]]}],
        [HEAD, {"type": "headings", "headings": [[0, 1, "x" * 201]]}],
        [HEAD, {"type": "headings", "headings": [[0, 1, "a\0"]]}],
        [HEAD, TAIL, {"type": "chunks", "chunks": [[4, 8, "across"]]}],
        [HEAD, {"type": "chunks", "chunks": [[0, 7, "beyond"]]}],
        [HEAD, {"type": "chunks", "chunks": [[3, 3, "empty"]]}],
        [HEAD, {"type": "chunks", "chunks": [[3, 2, "back"]]}],
        [HEAD, {"type": "chunks", "chunks": [[2, 3, "b"], [1, 3, "a"]]}],
        [HEAD, {"type": "chunks", "chunks": [[-1, 3, ""]]}],
        [HEAD, {"type": "chunks", "chunks": [[0, 3, "a\0"]]}],
        [HEAD, {"type": "chunks", "chunks": [[0, True, ""]]}],
        [{"type": "chunks", "chunks": [[0, 1, "nothing there"]]}],
        [HEAD, {**DONE, "media_type": "text/<script>"}],
        [HEAD, {**DONE, "flags": ["root"]}],
        [HEAD, DONE, TAIL],
    ],
)
def test_what_no_child_would_say_is_nonsense(lines: Sequence[Line]):
    with pytest.raises(Nonsense):
        heard(*lines)


def test_a_child_cannot_say_more_than_is_kept():
    piece = {"type": "text", "page": 0, "text": "x" * 32_000}
    most = [piece] * (MAX_CHARACTERS // 32_000)

    assert heard(*most).content is None
    with pytest.raises(Nonsense):
        heard(*most, piece)
