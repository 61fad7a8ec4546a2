"""What is accepted as a new password."""

import re
from unicodedata import normalize

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from services.auth.passwords.common import BYTES, FILE, CommonPasswords
from services.auth.passwords.rules import (
    MAX_LENGTH,
    MAX_RAW_LENGTH,
    MIN_LENGTH,
    CommonPassword,
    PasswordNamesUser,
    PasswordRules,
    canonical,
)
from services.kit.errors import InvalidField

COMMON = CommonPasswords.read()
RULES = PasswordRules(COMMON)
ADA = ("ada.lovelace", "Countess Ada")


@pytest.mark.asvs("6.2.1", "6.2.5", "6.2.8", "6.2.9")
@pytest.mark.parametrize(
    ("password", "accepted"),
    [
        ("qzvwxkjy", "qzvwxkjy"),
        ("46280517", "46280517"),
        ("e\u0301" * 8, "é" * 8),
        ("\u1112\u1161\u11ab" * 128, "한" * 128),
        ("\u1f82" * MAX_LENGTH, "\u1f82" * MAX_LENGTH),
        (normalize("NFD", "\u1f82" * MAX_LENGTH), "\u1f82" * MAX_LENGTH),
        ("🙂" * 128, "🙂" * 128),
        ("  spaces at both ends  ", "  spaces at both ends  "),
        ("correct horse battery staple", "correct horse battery staple"),
    ],
)
def test_any_characters_are_taken_as_they_are(password: str, accepted: str):
    assert RULES.accept(password, names=ADA) == accepted


@pytest.mark.asvs("6.2.1")
@pytest.mark.parametrize(
    "password",
    ["", "xq7!vbn", "e\u0301" * 7, "x" * 129, "x" * MAX_RAW_LENGTH, "é" * 129],
)
def test_too_short_and_too_long_are_refused(password: str):
    with pytest.raises(InvalidField) as caught:
        RULES.accept(password, names=ADA)

    assert caught.value.metadata == {
        "field": "password",
        "expected": "8 to 128 characters",
    }


@pytest.mark.asvs("6.2.4", "6.2.12")
def test_the_first_3000_passwords_that_are_long_enough_are_refused():
    ranked = FREQUENCY_LISTS["passwords"]
    long_enough = [word for word in ranked if len(word) >= MIN_LENGTH]
    assert len(long_enough) > 11_000

    assert [word for word in long_enough if word not in COMMON] == []


def test_the_list_is_sorted_has_each_once_and_is_long():
    content = FILE.read_bytes()
    hashes = [content[at : at + BYTES] for at in range(0, len(content), BYTES)]

    assert len(hashes) > 50_000
    assert hashes == sorted(set(hashes))


@pytest.mark.asvs("6.2.12")
@pytest.mark.parametrize(
    "password",
    [
        "Password",
        "PASSWORD1",
        "password2026!",
        "iloveyou",
        "".join(chr(ord(c) + 0xFEE0) for c in "password"),
        "Dragon!!!!",
    ],
)
def test_neither_case_nor_width_nor_a_few_signs_make_it_another(password: str):
    with pytest.raises(CommonPassword) as caught:
        RULES.accept(password, names=ADA)

    assert "Choose another" in str(caught.value)


@pytest.mark.parametrize("password", ["dragon731946", "password of a whole sentence"])
def test_what_is_much_more_than_such_a_word_is_accepted(password: str):
    assert RULES.accept(password, names=ADA) == password


@pytest.mark.asvs("6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        "parley01",
        "Parley-Parley",
        "ada.lovelace",
        "LOVELACE-Countess",
        "adalovelace",
        "countess-ada",
    ],
)
def test_hardly_more_than_a_name_is_refused(password: str):
    with pytest.raises(PasswordNamesUser) as caught:
        RULES.accept(password, names=ADA)

    assert "add more" in str(caught.value)


@pytest.mark.parametrize(
    "password",
    ["parley is what we all like", "the engine of lovelace", "nevada desert"],
)
def test_a_name_in_a_long_password_is_fine(password: str):
    assert RULES.accept(password, names=ADA) == password


def test_short_and_strange_names_forbid_nothing():
    names = ["a", "ab", "***", ""]

    assert RULES.accept("xaxbxaby", names=names) == "xaxbxaby"


def test_the_longest_text_that_is_normalized_is_short():
    assert canonical("\u0323\u0302" * 1_000_000) is None


def test_other_words_are_not_taken_for_common_ones():
    words = [f"unlikely phrase number {number} here" for number in range(20_000)]

    assert not any(word in COMMON for word in words)
    assert not any(re.sub("number", "", word) in COMMON for word in words)
