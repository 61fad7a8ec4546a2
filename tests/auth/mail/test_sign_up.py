"""Signing up where it takes a code that goes by mail."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from psycopg.sql import SQL, Identifier

from parley.auth.v1.credential_service_pb2 import ResendCodeRequest
from services.auth.attempts.model import LIMITS
from services.auth.codes.model import LIFETIME, MAX_MAILS, MAX_TRIES
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser, new_email
from tests.auth.conftest import Clock, CountingHasher
from tests.auth.mail.server import MailServer
from tests.calls import refusal


async def count(database: Database, table: str) -> int:
    query = SQL("SELECT count(*) FROM {}").format(Identifier(table))
    async with database.transaction() as connection:
        row = await (await connection.execute(query)).fetchone()
    assert row
    return int(row[0])


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


async def resent(browser: Browser) -> None:
    request = ResendCodeRequest(token=browser.verification.token)
    await browser.call(browser.api.credentials.ResendCode, request)


@pytest.mark.asvs("6.4.1")
async def test_there_is_no_user_before_the_code_and_a_verified_one_after_it(
    api: Api, mail_server: MailServer, database: Database
):
    ada = Browser(api)

    await ada.ask_to_sign_up("Ada")

    assert ada.cookie == ""
    assert await count(database, "users") == 0
    code = await mail_server.code_to(ada.email)
    assert len(code) == 8

    await ada.show_code(f" {code[:4]}-{code[4:]} ")

    user = await ada.get_user()
    assert (user.email, user.display_name, user.email_verified) == (
        ada.email,
        "Ada",
        True,
    )
    assert ada.cookie
    await Browser(api, email=ada.email).sign_in()


@pytest.mark.asvs("6.3.8")
async def test_known_and_unknown_addresses_get_the_same_answer_for_the_same_work(
    api: Api,
    alice: Browser,
    mail_server: MailServer,
    hasher: CountingHasher,
    database: Database,
):
    known, unknown = Browser(api, email=alice.email.upper()), Browser(api)
    work = []

    for browser in (known, unknown):
        hashed, verified = hasher.hashed, len(hasher.verified)
        codes = await count(database, "mail_codes")
        user = await browser.ask_to_sign_up()
        assert user.ByteSize() == 0
        assert len(browser.verification.token) == 43
        assert browser.set_cookie is None
        work.append(
            (
                hasher.hashed - hashed,
                len(hasher.verified) - verified,
                await count(database, "mail_codes") - codes,
            )
        )

    assert work == [(1, 0, 1), (1, 0, 1)]
    mail = await mail_server.mail_to(alice.email, number=2)
    assert mail["Subject"] == "You have a Parley account already"
    await mail_server.code_to(unknown.email)


@pytest.mark.asvs("6.3.8")
async def test_nobody_comes_in_by_an_address_that_has_an_account(
    api: Api, alice: Browser, mail_server: MailServer
):
    mallory = Browser(api, email=alice.email, password="another password")

    await mallory.ask_to_sign_up()

    refused = await refusal(mallory.show_code("00000000"))
    assert refused.reason == "WRONG_CODE"
    await mail_server.mail_to(alice.email, number=2)
    await Browser(api, email=alice.email).sign_in()


@pytest.mark.asvs("6.5.1")
async def test_of_fifty_who_show_a_code_at_once_one_gets_in(
    api: Api, mail_server: MailServer, database: Database
):
    ada = Browser(api)
    await ada.ask_to_sign_up()
    code = await mail_server.code_to(ada.email)
    racers = [
        Browser(api, email=ada.email, verification=ada.verification) for _ in range(50)
    ]

    ended = await asyncio.gather(
        *(racer.show_code(code) for racer in racers), return_exceptions=True
    )

    assert len([each for each in ended if isinstance(each, Browser)]) == 1
    assert await count(database, "users") == 1
    refused = await refusal(ada.show_code(code))
    assert refused.reason in ("CODE_ENDED", "TOO_MANY_ATTEMPTS")


@pytest.mark.asvs("6.6.3")
async def test_of_many_guesses_at_once_as_many_are_looked_at_as_there_are_tries(
    api: Api, mail_server: MailServer
):
    ada = Browser(api)
    await ada.ask_to_sign_up()
    code = await mail_server.code_to(ada.email)

    guesses = [
        refusal(ada.show_code(f"{n:08}")) for n in range(30) if f"{n:08}" != code
    ]
    reasons = [each.reason for each in await asyncio.gather(*guesses)]

    assert reasons.count("WRONG_CODE") == MAX_TRIES
    assert (await refusal(ada.show_code(code))).reason in (
        "CODE_ENDED",
        "TOO_MANY_ATTEMPTS",
    )


@pytest.mark.asvs("6.4.1")
async def test_a_code_ends_after_ten_minutes(
    api: Api, mail_server: MailServer, clock: Clock
):
    ada = Browser(api)
    await ada.ask_to_sign_up()
    code = await mail_server.code_to(ada.email)
    assert timedelta(minutes=10) >= LIFETIME

    clock.ahead = LIFETIME + timedelta(seconds=1)

    assert (await refusal(ada.show_code(code))).reason == "CODE_ENDED"


@pytest.mark.asvs("6.5.1")
async def test_a_code_is_good_once(api: Api, alice: Browser, mail_server: MailServer):
    code = await mail_server.code_to(alice.email)

    assert (await refusal(alice.show_code(code))).reason == "CODE_ENDED"


@pytest.mark.asvs("6.6.2")
async def test_a_code_is_of_use_only_to_the_browser_that_asked(
    api: Api, mail_server: MailServer
):
    ada, eve = Browser(api), Browser(api)
    await ada.ask_to_sign_up()
    await eve.ask_to_sign_up()
    code = await mail_server.code_to(ada.email)
    if code == await mail_server.code_to(eve.email):
        pytest.skip("one in a hundred million")

    assert (await refusal(eve.show_code(code))).reason == "WRONG_CODE"
    eve.verification.token = "x" * 43
    assert (await refusal(eve.show_code(code))).reason == "CODE_ENDED"
    eve.verification.token = "x" * 1000
    assert (await refusal(eve.show_code(code))).reason == "INVALID_FIELD"
    await ada.show_code(code)


@pytest.mark.asvs("6.3.8")
async def test_nobody_can_take_an_account_before_its_owner_comes(
    api: Api, mail_server: MailServer
):
    victim = Browser(api)
    attacker = Browser(api, email=victim.email, password="the attacker's choice")
    await attacker.ask_to_sign_up()
    attackers_code = await mail_server.code_to(victim.email)

    await victim.ask_to_sign_up()
    await victim.show_code(await mail_server.code_to(victim.email, number=2))

    # Not even with the code, which went to the victim.
    assert (await refusal(attacker.show_code(attackers_code))).reason == "EMAIL_TAKEN"
    assert (await refusal(attacker.sign_in())).reason == "INVALID_CREDENTIALS"
    await victim.sign_in()


async def test_another_code_takes_the_place_of_the_one_before(
    api: Api, mail_server: MailServer
):
    ada = Browser(api)
    await ada.ask_to_sign_up()
    first = await mail_server.code_to(ada.email)

    await resent(ada)

    second = await mail_server.code_to(ada.email, number=2)
    if first != second:
        assert (await refusal(ada.show_code(first))).reason == "WRONG_CODE"
    await ada.show_code(second)


@pytest.mark.asvs("6.6.3", "2.4.1")
async def test_other_codes_bring_no_other_tries_and_end(
    api: Api, mail_server: MailServer
):
    ada = Browser(api)
    await ada.ask_to_sign_up()
    code = await mail_server.code_to(ada.email)
    for _ in range(MAX_TRIES):
        await refusal(ada.show_code(other(code)))
    assert (await refusal(resent(ada))).reason == "CODE_ENDED"

    bob = Browser(api)
    await bob.ask_to_sign_up()
    for number in range(2, MAX_MAILS + 1):
        await resent(bob)
        last = await mail_server.code_to(bob.email, number=number)
    assert (await refusal(resent(bob))).reason == "CODE_ENDED"
    await bob.show_code(last)


async def test_who_is_sent_no_other_code_has_the_one_from_before(
    api: Api, mail_server: MailServer
):
    ada = Browser(api, address="192.0.2.1")
    await ada.ask_to_sign_up()
    code = await mail_server.code_to(ada.email)
    for number in range(1, LIMITS["verification"].subject):
        mallory = Browser(api, email=ada.email, address=f"10.{number}.0.1")
        await mallory.ask_to_sign_up()

    assert (await refusal(resent(ada))).reason == "TOO_MANY_ATTEMPTS"

    await ada.show_code(code)


@pytest.mark.asvs("2.4.1")
async def test_nobody_can_have_an_address_flooded_with_mail(
    api: Api, mail_server: MailServer, database: Database
):
    victim = new_email()
    asked, refused = 0, ""
    while not refused and asked < 100:
        browser = Browser(api, email=victim, address=f"192.0.{asked}.1")
        try:
            await browser.ask_to_sign_up()
            asked += 1
        except grpc.aio.AioRpcError:
            refused = (await refusal(browser.ask_to_sign_up())).reason

    assert refused == "TOO_MANY_ATTEMPTS"
    assert asked == 20
