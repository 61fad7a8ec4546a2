"""Setting another password by a code that goes by mail."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from parley.auth.v1.credential_service_pb2 import (
    CompletePasswordResetRequest,
    RequestPasswordResetRequest,
    ResendCodeRequest,
)
from services.auth.attempts.model import LIMITS
from services.auth.codes.model import LIFETIME
from services.auth.factors.model import Purpose
from services.auth.mail.delivering import Deliveries
from services.auth.mail.mailer import QueuedMailer
from services.auth.mail.store import PostgresOutbox
from services.auth.sessions.model import Factor, Proof
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser, new_email
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.auth.factors import people
from tests.auth.mail.server import MailServer
from tests.auth.mail.test_sign_up import count
from tests.calls import refusal

NEW = "an entirely different phrase"
CHANGED = "How you sign in to Parley has changed"


async def ask(browser: Browser, email: str = "") -> None:
    request = RequestPasswordResetRequest(email=email or browser.email)
    answer = await browser.call(browser.api.credentials.RequestPasswordReset, request)
    browser.verification = answer.verification


async def complete(browser: Browser, code: str, password: str = NEW) -> None:
    request = CompletePasswordResetRequest(
        token=browser.verification.token, code=code, new_password=password
    )
    await browser.call(browser.api.credentials.CompletePasswordReset, request)


async def code_of(browser: Browser, mail_server: MailServer, number: int = 2) -> str:
    """The second code that went to somebody: the first was to sign up."""
    return await mail_server.code_to(browser.email, number=number)


async def nothing_waits(database: Database) -> None:
    async with asyncio.timeout(20):
        while await count(database, "mails"):  # noqa: ASYNC110  # a row tells nobody
            await asyncio.sleep(0.02)


@pytest.mark.asvs("6.4.3", "7.4.3", "6.3.7")
async def test_sets_a_password_ends_all_sessions_and_signs_nobody_in(
    api: Api, alice: Browser, mail_server: MailServer
):
    forgetful = Browser(api, email=alice.email)
    await ask(forgetful, alice.email.upper())

    await complete(forgetful, await code_of(alice, mail_server))

    assert forgetful.cookie == forgetful.token == ""
    assert (await refusal(alice.refresh())).reason == "SESSION_ENDED"
    assert (await refusal(alice.sign_in())).reason == "INVALID_CREDENTIALS"
    forgetful.password = NEW
    await forgetful.sign_in()
    notice = await mail_server.mail_to(alice.email, subject=CHANGED)
    assert "Your password was set anew" in notice.as_string()


@pytest.mark.asvs("6.3.8")
async def test_known_and_unknown_addresses_get_the_same_answer_for_the_same_work(
    api: Api, alice: Browser, hasher: CountingHasher, database: Database
):
    work = []

    for email in (alice.email, new_email()):
        hashed, verified = hasher.hashed, len(hasher.verified)
        codes = await count(database, "mail_codes")
        browser = Browser(api)
        await ask(browser, email)
        assert len(browser.verification.token) == 43
        refused = await refusal(complete(browser, "00000000"))
        assert (refused.reason, refused.metadata) == ("WRONG_CODE", {})
        work.append(
            (
                hasher.hashed - hashed,
                len(hasher.verified) - verified,
                await count(database, "mail_codes") - codes,
            )
        )

    assert work == [(0, 0, 1), (0, 0, 1)]


@pytest.mark.asvs("6.3.8")
async def test_a_mail_to_nobody_is_stored_as_one_to_somebody_is_and_never_sent(
    api: Api, alice: Browser, mail_server: MailServer, database: Database
):
    stranger = Browser(api)
    await ask(stranger)
    await ask(alice)
    await code_of(alice, mail_server)
    await nothing_waits(database)

    assert stranger.email not in [mail["To"] for mail in mail_server.mails]


@pytest.mark.asvs("6.5.1")
async def test_of_fifty_who_show_a_code_at_once_one_sets_the_password(
    api: Api, alice: Browser, mail_server: MailServer
):
    await ask(alice)
    code = await code_of(alice, mail_server)
    passwords = [f"{NEW} {number}" for number in range(50)]

    ended = await asyncio.gather(
        *(complete(alice, code, password) for password in passwords),
        return_exceptions=True,
    )

    (won,) = [n for n, each in enumerate(ended) if each is None]
    await Browser(api, email=alice.email, password=passwords[won]).sign_in()


@pytest.mark.asvs("6.5.1", "6.6.2")
async def test_a_code_ends_is_good_once_and_for_its_own_purpose(
    api: Api, alice: Browser, mail_server: MailServer, clock: Clock
):
    await ask(alice)
    late = await code_of(alice, mail_server)
    assert timedelta(minutes=10) >= LIFETIME
    clock.ahead = LIFETIME
    assert (await refusal(complete(alice, late))).reason == "CODE_ENDED"

    await ask(alice)
    code = await code_of(alice, mail_server, 3)
    assert (await refusal(alice.show_code(code))).reason == "CODE_ENDED"
    await complete(alice, code)
    assert (await refusal(complete(alice, code))).reason == "CODE_ENDED"


async def test_one_code_that_sets_a_password_ends_the_others(
    alice: Browser, mail_server: MailServer
):
    other = Browser(alice.api, alice.email)
    await ask(other)
    of_other = await code_of(alice, mail_server)
    await ask(alice)

    await complete(alice, await code_of(alice, mail_server, 3))

    assert (await refusal(complete(other, of_other))).reason == "CODE_ENDED"


async def test_a_bad_password_does_not_use_up_the_code(
    api: Api, alice: Browser, mail_server: MailServer
):
    await ask(alice)
    code = await code_of(alice, mail_server)

    for bad, reason in [
        ("short", "INVALID_FIELD"),
        ("password1!", "COMMON_PASSWORD"),
        (alice.email.partition("@")[0], "PASSWORD_NAMES_USER"),
    ]:
        assert (await refusal(complete(alice, code, bad))).reason == reason
    await complete(alice, code)


async def test_another_code_can_be_had_alike_for_who_has_no_account(
    api: Api, alice: Browser, mail_server: MailServer
):
    stranger = Browser(api)
    await ask(stranger)
    await ask(alice)
    await code_of(alice, mail_server)  # else the later code may come first

    for browser in (stranger, alice):
        request = ResendCodeRequest(token=browser.verification.token)
        answer = await browser.call(api.credentials.ResendCode, request)
        assert answer.verification.token == browser.verification.token

    await complete(alice, await code_of(alice, mail_server, 3))


async def test_somebody_who_was_disabled_gets_no_code(
    api: Api, alice: Browser, mail_server: MailServer, database: Database
):
    await ask(alice)
    code = await code_of(alice, mail_server)
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET disabled_time = now()")

    assert (await refusal(complete(alice, code))).reason == "CODE_ENDED"
    await ask(alice)
    await nothing_waits(database)
    assert len(mail_server.mails) == 2


class Authenticator:
    """A second factor that everybody has."""

    async def factors(self, user_id: UUID) -> frozenset[Factor]:
        return frozenset({"totp"})

    async def verify(self, user_id: UUID, proof: Proof, purpose: Purpose) -> str | None:
        return None


@pytest.mark.asvs("6.4.3")
async def test_a_second_factor_is_still_asked_for(
    challenging: Api, mail_server: MailServer
):
    ada = Browser(challenging)
    await ada.ask_to_sign_up()
    await ada.show_code(await mail_server.code_to(ada.email))
    await ask(ada)

    await complete(ada, await code_of(ada, mail_server))

    ada.password = NEW
    await ada.sign_in()
    assert not ada.token


@pytest.mark.asvs("6.4.3", "7.4.3")
async def test_a_sign_in_that_waits_for_a_second_factor_ends_with_the_password(
    challenging: Api, mail_server: MailServer
):
    ada = Browser(challenging)
    await ada.ask_to_sign_up()
    await ada.show_code(await mail_server.code_to(ada.email))
    thief = Browser(challenging, ada.email)
    asked = await people.challenge(thief)
    await ask(ada)

    await complete(ada, await code_of(ada, mail_server))

    refused = await refusal(people.complete(thief, asked.token, totp_code="000000"))
    assert refused.reason == "CHALLENGE_ENDED"


@pytest.fixture
async def challenging(
    serve: Serve,
    redis_url: str,
    hasher: CountingHasher,
    outbox: PostgresOutbox,
    deliveries: Deliveries,
    clock: Clock,
) -> AsyncIterator[Api]:
    """Auth whose users have a second factor."""
    mailer = QueuedMailer(outbox, clock=clock)
    async with (
        serve(redis_url, hasher, factors=Authenticator(), mailer=mailer) as api,
        deliveries.running(every=0.02),
    ):
        yield api


@pytest.mark.asvs("6.3.1", "2.4.1")
async def test_others_cannot_use_up_the_codes_of_an_owner_with_a_known_device(
    api: Api, alice: Browser
):
    for number in range(LIMITS["reset"].subject):
        await ask(Browser(api, address=f"10.{number}.0.1"), alice.email)
    stranger = Browser(api, address="10.200.0.1")
    refused = await refusal(ask(stranger, alice.email))
    assert refused.reason == "TOO_MANY_ATTEMPTS"

    alice.address = "192.0.2.1"
    await ask(alice)


async def test_without_mail_there_is_no_reset(
    serve: Serve, redis_url: str, hasher: CountingHasher
):
    async with serve(redis_url, hasher) as api:
        assert (await refusal(ask(Browser(api)))).reason == "MAIL_OFF"
