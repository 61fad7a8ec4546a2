"""Files that are broken, hostile or simply odd, read without a database."""

import json
import tracemalloc
from typing import Any

import pytest

from services.chat.transfer.formats.problem import UNKNOWN, Broken
from services.chat.transfer.formats.reader import Reader
from tests.chat.exports.reading import (
    NOW,
    SLICE,
    TAKING,
    chatgpt,
    node,
    one,
    read,
    said,
)

CUT = "The file ends in the middle, or is not JSON."


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (b"", CUT),
        (b"hello", CUT),
        (b'"text"', CUT),
        (b"[", CUT),
        (b'[{"mapping":{}}', CUT),
        (b'[{"mapping":{"a":{"b":"', CUT),
        (b"[1,2,3]", "The file is not JSON, or not an export: see byte 6."),
        (b'[{"mapping":{}]', "The file is not JSON, or not an export: see byte 14."),
        (b'[{"mapping":{}}{}]', "The file is not JSON, or not an export: see byte 15."),
        (b'[{"mapping":{}}] x', "The file is not JSON, or not an export: see byte 18."),
        (b"]", "The file is not JSON, or not an export: see byte 0."),
        (b'[{"a":1},{"b":{}}]', UNKNOWN),
        (b"{}", UNKNOWN),
        (b'{"a":[]}', UNKNOWN),
        (
            b'{"conversations":[]}',
            UNKNOWN,
        ),
        (
            b'{"format":"parley","version":2,"conversations":[]}',
            "The file is of a version of Parley's format that is not known here.",
        ),
        (
            b'{"format":"parley","version":1,"conversations":[],"conversations":[]}',
            UNKNOWN,
        ),
        (b"[" * 1000, "The file nests more than 100 levels deep."),
        (b'[{"a":' * 500, "The file nests more than 100 levels deep."),
    ],
)
def test_a_file_that_is_no_export_is_refused_with_a_sentence(file: bytes, problem: str):
    with pytest.raises(Broken) as refused:
        read(file)

    assert str(refused.value) == problem


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_slices_may_end_anywhere(size: int):
    file = (
        b"\xef\xbb\xbf"
        + json.dumps(
            [
                {"title": 'a"b\\', "mapping": {"x": node("x", text='\\" ]}{[ \\')}},
                {"title": "é\ud83d\ude80", "mapping": {"y": node("y", text="\\\\")}},
            ],
            indent=1,
        ).encode()
    )

    assert read(file, size=size) == read(file)
    assert [found.title for found in read(file)] == ['a"b\\', "é🚀"]


def test_conversations_before_the_first_are_passed_over():
    file = json.dumps([{"mapping": {"x": node("x", text=f"{n}")}} for n in range(5)])

    assert [found.index for found in read(file.encode(), first=3)] == [3, 4]


def test_a_broken_conversation_does_not_spoil_the_others():
    file = b'[{"mapping":{"a":{"id":nonsense}}},%s' % chatgpt({"x": node("x")})[1:]

    broken, whole = read(file)

    assert broken.tree is None
    assert broken.problem == "A message cannot be read: It is not valid JSON."
    assert said(whole) == [("x", None)]


@pytest.mark.parametrize(
    "mapping",
    [
        {"a": node("a", "b"), "b": node("b", "c"), "c": node("c", "a")},
        {"a": node("a", "a")},
    ],
)
def test_a_cycle_is_cut(mapping: dict[str, Any]):
    found = one(chatgpt(mapping, current_node="a"))

    turns = said(found)
    assert {key for key, _ in turns} == set(mapping)
    placed: set[str | None] = {None}
    for key, parent in turns:
        assert parent in placed
        placed.add(key)
    assert "messages that follow themselves put at the top (1)" in found.problem


def test_a_message_whose_parent_is_missing_is_put_at_the_top():
    found = one(chatgpt({"a": node("a"), "b": node("b", "gone")}))

    assert said(found) == [("a", None), ("b", None)]
    assert "messages whose parent is missing put at the top (1)" in found.problem


def test_of_two_messages_with_one_id_the_first_counts():
    file = b'[{"mapping":{"a":%s,"a":%s}}]' % (
        json.dumps(node("a", text="1")).encode(),
        json.dumps(node("a", text="2")).encode(),
    )

    found = one(file)

    assert found.tree
    assert [turn.text for turn in found.tree.turns] == ["1"]
    assert "messages with an id that another has left out (1)" in found.problem


def test_children_before_their_parents_are_put_after_them():
    found = one(chatgpt({"c": node("c", "b"), "b": node("b", "a"), "a": node("a")}))

    assert said(found) == [("a", None), ("b", "a"), ("c", "b")]


def test_children_of_what_is_left_out_go_up_however_many_lie_between():
    hidden = {"metadata": {"is_visually_hidden_from_conversation": True}}
    mapping = {"a": node("a")}
    for number in range(5_000):
        mapping[f"h{number}"] = node(
            f"h{number}", f"h{number - 1}" if number else "a", **hidden
        )
    mapping["b"] = node("b", "h4999")

    found = one(chatgpt(mapping, current_node="h4999"))

    assert said(found) == [("a", None), ("b", "a")]
    assert found.tree
    assert found.tree.current == "a"


@pytest.mark.parametrize("time", ["NaN", "1e999", "-1e999", "1e300", "-1", "{}", '"x"'])
def test_a_time_that_is_none_is_now(time: str):
    file = chatgpt({"a": node("a", create_time="TIME")}, create_time="TIME")

    found = one(file.replace(b'"TIME"', time.encode()))

    assert found.tree
    assert found.tree.create_time == found.tree.turns[0].create_time == NOW


def test_a_time_to_come_is_now():
    found = one(chatgpt({"a": node("a", create_time=9e9)}))

    assert found.tree
    assert found.tree.turns[0].create_time == NOW


def test_nul_and_halves_of_surrogate_pairs_are_replaced():
    found = one(
        chatgpt({"a": node("a", text="a\0b\ud800c\udfffd🚀")}, title="x\0\ud800y")
    )

    assert found.tree
    assert found.tree.turns[0].text == "a\ufffdb\ufffdc\ufffdd🚀"
    assert (
        "texts with characters that cannot be stored, now U+FFFD (1)" in found.problem
    )
    assert found.tree.title.encode()


def test_bytes_that_are_no_utf8_are_replaced():
    found = one(chatgpt({"a": node("a", text="X")}).replace(b"X", b"\xff\xc3"))

    assert found.tree
    assert found.tree.turns[0].text == "\ufffd\ufffd"


@pytest.mark.asvs("1.3.3")
def test_a_title_is_one_line_without_marks_that_turn_it_around():
    found = one(chatgpt({"a": node("a")}, title="a\n\u202eb\x07" + "x" * 5000))

    assert found.tree
    assert found.tree.title.startswith("a bxxx")
    assert len(found.tree.title) == 200


def test_a_text_that_is_too_long_is_cut():
    found = one(chatgpt({"a": node("a", text="é" * 900_001)}))

    assert found.tree
    assert len(found.tree.turns[0].text) == 900_000
    assert "texts cut to 900,000 characters (1)" in found.problem


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (
            b'[{"mapping":{"a":{"id":"%s"}}}]' % (b"x" * 17_000_000),
            "A message cannot be read: It is too large.",
        ),
        (b'[{"title":"%s","mapping":{}}]' % (b"x" * 17_000_000), "It is too large."),
        (
            b'[{"mapping":{"a":[%s0]}}]' % (b"[]," * 100_000),
            "A message cannot be read: It is too large.",
        ),
        (
            b'[{"mapping":{"a":[%s0]}}]' % (b"0," * 1_000_001),
            "A message cannot be read: It is too large.",
        ),
        (
            b'[{"mapping":{%s"z":{}}}]'
            % b"".join(b'"%d":{},' % number for number in range(50_001)),
            "A message cannot be read: there are more than 50,000.",
        ),
    ],
    ids=["string", "title", "containers", "values", "messages"],
)
def test_a_conversation_that_is_too_large_is_left_out(file: bytes, problem: str):
    other = chatgpt({"x": node("x")})[1:]

    large, whole = read(file[:-1] + b"," + other)

    assert large.tree is None
    assert large.problem == problem
    assert said(whole) == [("x", None)]


def test_of_a_million_citations_those_are_read_that_there_is_room_for():
    citations = [0] * 900_000
    message = {"id": "a", "role": "assistant", "text": "Yes.", "citations": citations}
    file = {
        "format": "parley",
        "version": 1,
        "conversations": [{"messages": [message]}],
    }

    found = one(json.dumps(file).encode())

    assert found.tree
    assert [turn.text for turn in found.tree.turns] == ["Yes."]
    assert found.problem.endswith("no room left out (1).")


def test_memory_does_not_grow_with_the_file():
    conversation = chatgpt({str(n): node(str(n), text="x" * 500) for n in range(50)})[
        1:-1
    ]
    huge = b'{"title":"huge","mapping":{"a":{"id":"'
    reader = Reader(first=0, taking=TAKING)
    found = 0
    tracemalloc.start()
    try:
        found += len(list(reader.feed(b"[")))
        for number in range(100):  # 3 MB
            found += len(list(reader.feed(b"," * bool(number) + conversation)))
        found += len(list(reader.feed(b"," + huge)))
        for _ in range(1_600):  # one string of 100 MB
            found += len(list(reader.feed(b"x" * SLICE)))
        (last,) = reader.feed(b'"}}}]')
        reader.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found == 100
    assert last.title == "huge"
    assert last.tree is None
    assert peak < 40 * 1024 * 1024
