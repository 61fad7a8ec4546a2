"""Where a block of Markdown ends, and what a terminal is spared."""

import pytest

from parley_client.command.harmless import harmless
from parley_client.command.markdown import whole_blocks


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", ""),
        ("one", ""),
        ("one\n\n", ""),
        ("one\n\nt", "one\n\n"),
        ("one\n\ntwo\n\nt", "one\n\ntwo\n\n"),
        ("one\n\n\n\nt", "one\n\n\n\n"),
        ("```\none\n\ntwo\n", ""),
        ("```\none\n\ntwo\n```\n\nt", "```\none\n\ntwo\n```\n\n"),
        ("````\n```\n\nx\n````\n\nt", "````\n```\n\nx\n````\n\n"),
        ("~~~\n```\n\nx\n", ""),
        ("``` py\n``` py\n\nx", ""),
        ("- one\n\n  still one\n", ""),
        ("1. one\n\n2. t", "1. one\n\n"),
    ],
)
def test_a_block_is_whole_when_the_next_one_begins(text: str, whole: str) -> None:
    assert text[: whole_blocks(text)] == whole


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc\r\nd", "a\tb\nc\nd"),
        ("progress\rover", "progressover"),
        ("\x1b[2J\x07\x00\x7f\x9b", "[2J"),
        ("naïve 漢字 👩‍🚀", "naïve 漢字 👩‍🚀"),
    ],
)
def test_a_terminal_gets_text_alone(text: str, shown: str) -> None:
    assert harmless(text) == shown
