"""People are told by mail of sign-ins from devices that were not seen before."""

import pytest

from parley.auth.v1.session_service_pb2 import CreateSessionRequest
from services.auth.attempts.model import LIMITS
from services.kit.postgres import Database
from tests.auth.browser import DEVICE, Api, Browser, cookies_of
from tests.auth.mail.server import MailServer
from tests.auth.mail.test_password_reset import nothing_waits
from tests.calls import refusal

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


async def subjects(mail_server: MailServer, database: Database) -> list[str]:
    await nothing_waits(database)
    return [str(mail["Subject"]) for mail in mail_server.mails[1:]]


NEW = "A new device signed in to your Parley account"


@pytest.mark.asvs("6.3.5")
async def test_a_device_that_was_not_seen_before_is_told_of_once(
    api: Api, alice: Browser, mail_server: MailServer, database: Database
):
    other = Browser(api, email=alice.email, address=ELSEWHERE)

    await other.sign_in()

    mail = await mail_server.mail_to(alice.email, number=2)
    assert mail["Subject"] == NEW
    assert ELSEWHERE in mail.as_string()
    other.address = "203.0.113.9"  # with its cookie, wherever it goes
    await other.sign_in()
    assert await subjects(mail_server, database) == [NEW]


async def test_nobody_is_told_of_the_first_sign_in_or_of_the_same_browser(
    api: Api, alice: Browser, mail_server: MailServer, database: Database
):
    assert alice.device
    alice.address = ELSEWHERE

    await alice.sign_in()
    await alice.refresh()

    assert await subjects(mail_server, database) == []


async def test_who_keeps_no_cookie_is_known_by_network(
    api: Api, alice: Browser, mail_server: MailServer, database: Database
):
    terminal = Browser(api, email=alice.email, address=ELSEWHERE, keeps_device=False)

    await terminal.sign_in()
    await terminal.sign_in()
    terminal.address = "198.51.100.8"
    await terminal.sign_in()

    told = await subjects(mail_server, database)
    assert told == [NEW, NEW]


async def test_a_cookie_is_worth_nothing_for_somebody_else(
    api: Api, alice: Browser, mail_server: MailServer, database: Database
):
    thief = Browser(api, email=alice.email, address=ELSEWHERE)
    thief.device = "x" * 43

    await thief.sign_in()

    assert await subjects(mail_server, database) == [NEW]


async def test_a_wrong_password_makes_no_device_known(
    api: Api, alice: Browser, mail_server: MailServer, database: Database
):
    other = Browser(api, email=alice.email, address=ELSEWHERE)
    other.password = "not the password"
    await refusal(other.sign_in())

    other.password = alice.password
    await other.sign_in()

    assert await subjects(mail_server, database) == [NEW]


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4")
async def test_the_cookie_is_for_auth_alone(api: Api, alice: Browser):
    running = api.sessions.CreateSession(
        CreateSessionRequest(email=alice.email, password=alice.password)
    )

    (cookie,) = [
        morsel
        for morsel in cookies_of(await running.initial_metadata())
        if morsel.key == DEVICE
    ]
    await running

    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


@pytest.mark.asvs("6.3.1")
async def test_others_cannot_shut_out_an_owner_who_comes_from_a_known_device(
    api: Api, alice: Browser
):
    limits = LIMITS["password"]
    for number in range(limits.subject + 1):
        mallory = Browser(api, alice.email, "a wrong guess", address=f"10.{number}.0.1")
        await refusal(mallory.sign_in())
    stranger = Browser(api, email=alice.email, address="10.200.0.1")
    assert (await refusal(stranger.sign_in())).reason == "TOO_MANY_ATTEMPTS"

    alice.address = HOME
    await alice.sign_in()
