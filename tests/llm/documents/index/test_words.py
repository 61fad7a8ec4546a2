"""What a text is found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.llm.documents.index.words import (
    MAX_BYTES,
    original,
    rare_ones,
    searchable,
)


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("a cat", ""),
        ("rain", "rain_"),
        ("questions", "ques_"),
        ("Café", "cafe_ cafe"),
        ("Straße", "stra_ strasse"),
        ("deleteSession", "dele_ sess_ delete session"),
        ("retention_days", "rete_ days_ retention days"),
        ("合同条款", "合同 同条 条款"),
        ("雨", "雨"),
        ("한국어 문서", "한국 국어 문서"),
        ("ไทย", "ไท ทย"),
        ("version2の仕様", "vers_ version2 の仕 仕様"),
    ],
)
def test_what_an_analyzer_would_miss_is_added(text: str, added: str):
    _, _, found = searchable(text).partition("\x1e")

    assert found.split() == added.split()


@given(st.text())
def test_a_text_can_be_had_back(text: str):
    found = searchable(text)

    assert original(found) == text.replace("\x1e", " ")


@pytest.mark.parametrize("text", ["x" * 10**6, "合" * 10**5, "ǅ€😀 " * 10**5, "\ud800"])
def test_no_text_is_too_long_for_its_field(text: str):
    assert len(searchable(text).encode()) <= MAX_BYTES


def test_the_long_words_of_a_question_may_be_rare():
    assert rare_ones("What is the retention of the oldest of the logs?") == [
        "retention",
        "oldest",
        "what",
        "logs",
    ]
