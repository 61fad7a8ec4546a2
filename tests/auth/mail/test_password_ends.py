"""What ends with a password, and what another one does not bring."""

import pytest
from redis.asyncio import Redis

from services.auth.attempts.model import LIMITS
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser, new_email
from tests.auth.conftest import CountingHasher, Serve
from tests.auth.mail.server import MailServer
from tests.auth.mail.test_changes import NEW, change_email, change_password
from tests.auth.mail.test_new_device import NEW as NEW_DEVICE
from tests.auth.mail.test_password_reset import ask, code_of, complete, nothing_waits
from tests.calls import refusal


@pytest.mark.asvs("7.5.1")
async def test_the_password_alone_does_not_show_who_one_is(
    alice: Browser, database: Database
):
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE sessions SET auth_time = now() - interval '11 minutes'"
        )
    await alice.refresh()

    await change_password(alice)

    refused = await refusal(change_email(alice, new_email()))
    assert refused.reason == "REAUTHENTICATION_REQUIRED"


@pytest.mark.asvs("7.4.3")
async def test_a_code_to_set_another_ends_with_the_password(
    alice: Browser, mail_server: MailServer
):
    await ask(alice)
    code = await code_of(alice, mail_server)

    await change_password(alice, keep=True)

    assert (await refusal(complete(alice, code, NEW + "!"))).reason == "CODE_ENDED"


@pytest.mark.asvs("6.3.5")
async def test_after_a_reset_each_device_is_new_but_the_one_that_it_was_done_on(
    api: Api, alice: Browser, mail_server: MailServer, database: Database
):
    other = Browser(api, email=alice.email, address="198.51.100.7")
    await other.sign_in()
    await ask(alice)
    await complete(alice, await code_of(alice, mail_server), NEW)
    alice.password = other.password = NEW

    await alice.sign_in()
    await other.sign_in()

    await nothing_waits(database)
    told = [mail for mail in mail_server.mails if mail["Subject"] == NEW_DEVICE]
    assert ["198.51.100.7" in mail.as_string() for mail in told] == [True, True]


@pytest.mark.asvs("6.3.1")
async def test_who_guesses_shuts_nobody_out_who_has_set_the_password_anew(
    alice: Browser, mail_server: MailServer, redis_url: str
):
    await ask(alice)
    await complete(alice, await code_of(alice, mail_server), NEW)
    alice.password = NEW
    stranger = Browser(alice.api, alice.email, "wrong", address="198.51.100.7")
    async with Redis.from_url(redis_url) as redis:
        await refusal(stranger.sign_in())
        (key,) = await redis.keys("auth:attempts:password:subject:*")
        await redis.incrby(key, LIMITS["password"].subject)
    assert (await refusal(stranger.sign_in())).reason == "TOO_MANY_ATTEMPTS"

    await alice.sign_in()


async def test_it_changes_also_when_hashes_have_come_to_cost_more(
    serve: Serve, redis_url: str, alice: Browser
):
    async with serve(redis_url, CountingHasher(memory_cost=16)) as api:
        alice.api = api
        await change_password(alice)

        await Browser(api, email=alice.email, password=NEW).sign_in()


@pytest.mark.asvs("2.3.3")
async def test_it_changes_only_if_the_other_sessions_can_be_ended(
    api: Api, alice: Browser, database: Database
):
    elsewhere = await Browser(api, email=alice.email).sign_in()
    session = elsewhere.session.name.rpartition("/")[2]

    async with database.transaction() as other:
        await other.execute("SELECT FROM sessions WHERE id = %s FOR UPDATE", [session])
        refused = await refusal(change_password(alice))

    assert refused.reason == "UNAVAILABLE"
    await Browser(api, email=alice.email).sign_in()
    await change_password(alice)
