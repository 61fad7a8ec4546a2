"""What strangers write when they sign up, and what becomes of it."""

from unicodedata import normalize

import pytest

from services.auth.users.emails import MAX_LENGTH
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import CountingHasher
from tests.auth.mail.conftest import joined
from tests.auth.mail.server import MailServer
from tests.auth.mail.test_sign_up import count
from tests.calls import refusal


@pytest.mark.parametrize(
    "email",
    [
        "a" * MAX_LENGTH + "@example.com",
        "a@" + "b" * 64 + ".com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\nX: y",
        "ada@example.com,eve@example.com",
        "Ada <ada@example.com>",
        "ada@exam\u200bple.com",
        "ada\u202e@example.com",
        "e\u0301" * 200 + "@example.com",
        "\u0323\u0302" * 100_000 + "@example.com",
    ],
)
@pytest.mark.asvs("1.3.11", "2.2.1")
async def test_hostile_addresses_are_refused_and_nothing_is_kept_or_sent(
    email: str, api: Api, mail_server: MailServer, database: Database
):
    refused = await refusal(Browser(api, email=email).ask_to_sign_up())

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "user.email"
    assert await count(database, "mail_codes") == 0
    assert await count(database, "mails") == 0


async def test_two_spellings_of_an_address_are_one_account(
    api: Api, mail_server: MailServer
):
    composed = normalize("NFC", "hélène@example.com")
    await joined(Browser(api, email=composed), mail_server)
    again = Browser(api, email=normalize("NFD", composed).upper())

    await again.ask_to_sign_up()

    mail = await mail_server.mail_to(composed, number=2)
    assert mail["Subject"] == "You have a Parley account already"


@pytest.mark.asvs("1.3.11")
async def test_what_the_asker_wrote_is_not_in_the_mail(
    api: Api, mail_server: MailServer
):
    ada = Browser(api)

    await ada.ask_to_sign_up("Win a prize at evil.example")

    assert "evil" not in (await mail_server.mail_to(ada.email)).as_string()


@pytest.mark.asvs("14.2.4")
async def test_neither_codes_nor_addresses_can_be_read_in_the_database(
    api: Api, mail_server: MailServer, database: Database
):
    mail_server.answer = "451 4.3.0 Later"
    ada = Browser(api)
    await ada.ask_to_sign_up("Countess")
    token = ada.verification.token

    async with database.transaction() as connection:
        rows = [
            *await (await connection.execute("SELECT * FROM mails")).fetchall(),
            *await (await connection.execute("SELECT * FROM mail_codes")).fetchall(),
        ]

    assert len(rows) == 2
    for secret in (ada.email, "Countess", token, "argon2"):
        assert secret.encode() not in b"".join(
            value if isinstance(value, bytes) else str(value).encode()
            for row in rows
            for value in row
        )


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("password2026", "COMMON_PASSWORD"),
        ("parley 42", "PASSWORD_NAMES_USER"),
        ("qwghlm 77", "PASSWORD_NAMES_USER"),
        ("short", "INVALID_FIELD"),
    ],
)
@pytest.mark.asvs("6.2.4", "6.2.11", "6.2.12")
async def test_a_password_that_is_tried_first_is_refused(
    password: str, reason: str, api: Api, hasher: CountingHasher
):
    hashed = hasher.hashed
    ada = Browser(api, password=password)

    assert (await refusal(ada.ask_to_sign_up("Qwghlm"))).reason == reason
    assert hasher.hashed == hashed
