"""A password is all of what was typed, and nothing else signs in."""

from unicodedata import normalize

import pytest

from tests.auth.browser import Api, Browser
from tests.calls import refusal


@pytest.mark.asvs("6.2.5", "6.2.9")
async def test_a_password_may_be_of_any_characters(api: Api):
    for password in (
        "46280517",
        "x" * 128,
        "\u043f\u0430\u0440\u043e\u043b\u044c-\u00fc",
        "🙂" * 8,
        " " * 8,
        "é" * 128,
        "abc\0defgh",
    ):
        ada = await Browser(api, password=password).sign_up()
        await ada.sign_in()


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize(
    ("password", "other"),
    [
        ("abcdefgh\0ijkl", "abcdefgh\0mnop"),
        ("x" * 127 + "y", "x" * 127 + "z"),
        ("é" * 127 + "y", "é" * 127 + "z"),
        ("Crossing rivers", "crossing rivers"),
        ("crossing rivers ", "crossing rivers"),
        ("crossing  rivers", "crossing rivers"),
    ],
)
async def test_a_password_is_neither_cut_nor_changed(
    api: Api, password: str, other: str
):
    ada = await Browser(api, password=password).sign_up()
    ada.password = other

    assert (await refusal(ada.sign_in())).reason == "INVALID_CREDENTIALS"
    ada.password = password
    await ada.sign_in()


async def test_a_keyboard_that_composes_characters_otherwise_signs_in(api: Api):
    ada = await Browser(api, password="crème brûlée").sign_up()
    ada.password = normalize("NFD", ada.password)

    await ada.sign_in()


async def test_passwords_that_only_look_alike_are_different(api: Api):
    ada = await Browser(api, password="ﬁrst class").sign_up()
    ada.password = "first class"

    assert (await refusal(ada.sign_in())).reason == "INVALID_CREDENTIALS"
