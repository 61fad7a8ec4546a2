"""What ends with a password, and what another one does not bring."""

import pytest

from services.kit.postgres import Database
from tests.auth.browser import Api, Browser, new_email
from tests.auth.conftest import CountingHasher, Serve
from tests.auth.mail.server import MailServer
from tests.auth.mail.test_changes import NEW, change_email, change_password
from tests.auth.mail.test_password_reset import ask, code_of, complete
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


async def test_a_device_that_was_known_by_it_is_new_again_after_a_reset(
    alice: Browser, mail_server: MailServer, database: Database
):
    await ask(alice)
    code = await code_of(alice, mail_server)
    assert await known_devices(database) > 0

    await complete(alice, code, NEW)

    assert await known_devices(database) == 0


async def known_devices(database: Database) -> int:
    async with database.transaction() as connection:
        return (await connection.execute("SELECT FROM devices_known")).rowcount


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
