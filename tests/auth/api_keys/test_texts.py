"""How a key is written."""

import re
from uuid import UUID, uuid4

import pytest

from services.auth.api_keys.texts import (
    ALPHABET,
    ID_LENGTH,
    KEY,
    SECRET_LENGTH,
    KeyText,
    checksum,
    prefix,
    to_base62,
)


@pytest.mark.parametrize("id", [UUID(int=0), UUID(int=(1 << 128) - 1), uuid4()])
def test_a_key_is_read_as_it_was_written(id: UUID):
    made = KeyText.make(id)

    assert KeyText.parse(made.text) == made
    assert re.fullmatch(r"parley_[0-9A-Za-z]{60}", made.text)
    assert made.text.startswith(prefix(id))


def test_a_secret_has_more_than_160_bits_and_is_new_every_time():
    id = uuid4()
    made = {KeyText.make(id).secret for _ in range(1_000)}

    assert len(made) == 1_000
    assert len(ALPHABET) ** SECRET_LENGTH > 2**160
    assert set("".join(made)) == set(ALPHABET)


def test_every_single_typo_is_known_offline():
    text = KeyText.make(uuid4()).text

    for place in range(len("parley_"), len(text)):
        other = "0" if text[place] != "0" else "1"
        assert KeyText.parse(text[:place] + other + text[place + 1 :]) is None


@pytest.mark.parametrize("cut", ["", "parley_", "parley_abc", "other_" + "k" * 60])
def test_what_is_no_key_is_none(cut: str):
    assert KeyText.parse(cut) is None
    text = KeyText.make(uuid4()).text
    for wrong in (text[:-1], f"{text}0", f" {text}", f"{text}\n", text.upper()):
        assert KeyText.parse(wrong) is None


def test_a_number_that_is_no_id_is_none():
    body = to_base62(1 << 128, ID_LENGTH) + KeyText.make(uuid4()).secret

    assert KeyText.parse(f"parley_{body}{checksum(body)}") is None


def test_a_key_is_not_in_what_a_log_would_show_of_it():
    made = KeyText.make(uuid4())

    assert made.secret not in repr(made)
    assert KEY.fullmatch(made.text)
