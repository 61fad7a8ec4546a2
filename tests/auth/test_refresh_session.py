"""SessionService.RefreshSession, called as a client calls it."""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import grpc
import pytest

from parley.auth.v1 import session_service_pb2 as pb
from services.auth.sessions.model import ABSOLUTE, GRACE, IDLE, Session
from services.auth.sessions.tokens import RefreshTokens
from tests.auth.browser import COOKIE, Api, Browser
from tests.auth.conftest import Clock
from tests.calls import refusal

SECOND = timedelta(seconds=1)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def expiry(browser: Browser) -> datetime:
    return browser.session.expire_time.ToDatetime()


async def assert_ended(browser: Browser) -> None:
    """Require that the session has ended, and that the bad cookie is cleared."""
    had = browser.cookie
    refused = await refusal(browser.refresh())
    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    assert refused.reason == "SESSION_ENDED"
    assert refused.metadata == {}
    assert had
    assert browser.set_cookie
    assert browser.set_cookie["max-age"] == "0"
    assert browser.cookie == ""


async def test_gives_fresh_tokens_of_the_same_session(alice: Browser):
    session, cookie, token = alice.session.name, alice.cookie, alice.token

    await alice.refresh()

    assert alice.session.name == session
    assert alice.cookie != cookie
    assert alice.token != token
    assert alice.set_cookie
    assert alice.set_cookie["httponly"]
    assert alice.set_cookie["secure"]
    assert alice.set_cookie["path"] == "/"
    assert alice.set_cookie["samesite"] == "Strict"
    assert (await alice.get_user()).name == alice.user


async def test_needs_no_access_token(api: Api, alice: Browser):
    await Browser(api, cookie=alice.cookie).refresh()


async def test_the_lost_answer_can_be_asked_for_again(api: Api, alice: Browser):
    before = alice.cookie
    await alice.refresh()
    again = Browser(api, cookie=before)

    await again.refresh()

    assert again.cookie == alice.cookie


@pytest.mark.asvs("10.4.5")
async def test_a_token_replaced_long_ago_ends_the_session_for_both(
    api: Api, alice: Browser, clock: Clock
):
    thief = Browser(api, cookie=alice.cookie)
    await alice.refresh()
    clock.ahead += GRACE + SECOND

    await assert_ended(thief)

    await assert_ended(alice)


@pytest.mark.asvs("10.4.5")
async def test_a_thief_who_refreshes_first_is_found_out_by_the_owner(
    api: Api, alice: Browser, clock: Clock
):
    thief = await Browser(api, cookie=alice.cookie).refresh()
    clock.ahead += GRACE + SECOND

    await assert_ended(alice)

    await assert_ended(thief)


async def test_only_the_session_whose_token_was_reused_ends(
    api: Api, alice: Browser, clock: Clock
):
    elsewhere = await Browser(api, email=alice.email).sign_in()
    thief = Browser(api, cookie=alice.cookie)
    await alice.refresh()
    clock.ahead += GRACE + SECOND

    await assert_ended(thief)

    await elsewhere.refresh()


async def test_a_token_is_replaced_only_once_within_the_grace(
    alice: Browser, clock: Clock
):
    await alice.refresh()
    once = alice.cookie

    await alice.refresh()

    assert alice.cookie == once
    clock.ahead += GRACE
    await alice.refresh()
    assert alice.cookie != once


async def test_ten_tabs_at_once_get_the_same_next_token(api: Api, alice: Browser):
    tabs = [Browser(api, cookie=alice.cookie) for _ in range(10)]

    await asyncio.gather(*(tab.refresh() for tab in tabs))

    assert len({tab.cookie for tab in tabs}) == 1
    assert tabs[0].cookie != alice.cookie
    await tabs[3].refresh()


async def test_a_thousand_refreshes_of_ten_tabs_log_nobody_out(
    api: Api, alice: Browser, clock: Clock
):
    """The tabs share one cookie jar, and their answers overtake each other."""
    chance, refreshed = Random(3), 0  # noqa: S311 - the same every time

    async def tab() -> None:
        nonlocal refreshed
        for _ in range(5):
            mine = await Browser(api, cookie=alice.cookie).refresh()
            for _ in range(chance.randrange(30)):
                await asyncio.sleep(0)
            alice.cookie = mine.cookie
            refreshed += 1

    for _ in range(20):
        await asyncio.gather(*(tab() for _ in range(10)))
        clock.ahead += timedelta(minutes=5)

    assert refreshed == 1000
    await alice.refresh()


async def test_fifty_uses_of_a_stolen_token_at_once_all_fail(
    api: Api, alice: Browser, clock: Clock
):
    thieves = [Browser(api, cookie=alice.cookie) for _ in range(50)]
    await alice.refresh()
    clock.ahead += GRACE + SECOND

    reasons = [
        refused.reason
        for refused in await asyncio.gather(
            *(refusal(thief.refresh()) for thief in thieves)
        )
    ]

    assert reasons == ["SESSION_ENDED"] * 50
    await assert_ended(alice)


async def test_every_refresh_puts_the_end_off(alice: Browser, clock: Clock):
    clock.ahead += IDLE - timedelta(hours=1)
    before = expiry(alice)

    await alice.refresh()

    assert expiry(alice) - before > IDLE - timedelta(hours=2)
    clock.ahead += IDLE - timedelta(hours=1)
    await alice.refresh()


@pytest.mark.asvs("7.3.1")
async def test_a_session_that_is_not_refreshed_ends(alice: Browser, clock: Clock):
    clock.ahead += IDLE + SECOND

    await assert_ended(alice)


@pytest.mark.asvs("7.3.2", "10.4.8")
async def test_a_session_ends_for_good_however_often_it_is_refreshed(
    alice: Browser, clock: Clock
):
    born = alice.session.create_time.ToDatetime()
    for _ in range(4):
        clock.ahead += timedelta(days=20)
        await alice.refresh()

    assert expiry(alice) - born == ABSOLUTE
    assert alice.set_cookie
    assert int(alice.set_cookie["max-age"]) <= timedelta(days=10).total_seconds()
    clock.ahead += timedelta(days=10)
    await assert_ended(alice)


async def test_without_a_cookie_there_is_no_session(stranger: Browser):
    refused = await refusal(stranger.refresh())

    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    assert refused.reason == "SESSION_ENDED"
    assert stranger.set_cookie is None


# What a forger makes of `{session}.{counter}.{signature}`.
FORGERIES = [
    "{session}.{counter}.",
    "{session}.{counter}." + "A" * 43,
    "{session}.2.{signature}",
    "{session}..{signature}",
    "{session}.0.{signature}",
    "{session}.01.{signature}",
    "{session}.-1.{signature}",
    "{session}." + "9" * 400 + ".{signature}",
    "0" * 32 + ".{counter}.{signature}",
    "{SESSION}.{counter}.{signature}",
    "{session}.{counter}.{signature}=",
    "{session}.{counter}.{signature}A",
    "{session}.{counter}.{short}",
    "{session}.{counter}.{malleable}",
    "{session}.{counter}.{signature}.{signature}",
    '"{session}.{counter}.{signature}"',
    '{{"session":"{session}"}}',
    "' OR 1=1 --",
    "x" * 4000,
]


@pytest.mark.asvs("1.4.2", "7.2.1")
async def test_a_forged_token_is_refused_and_ends_nothing(api: Api, alice: Browser):
    session, counter, signature = alice.cookie.split(".")
    last = ALPHABET[ALPHABET.index(signature[-1]) ^ 1]

    for forgery in FORGERIES:
        forged = forgery.format(
            session=session,
            SESSION=session.upper(),
            counter=counter,
            signature=signature,
            short=signature[:-1],
            malleable=signature[:-1] + last,
        )
        await assert_ended(Browser(api, cookie=forged))

    await alice.refresh()


async def test_a_token_of_another_key_is_refused(
    api: Api, alice: Browser, clock: Clock
):
    session = Session.begin(uuid4(), clock())
    mine = replace(session, id=UUID(alice.session.name.rpartition("/")[2]))
    other = RefreshTokens(b"x" * 32).issue(mine)
    assert other.split(".")[:2] == alice.cookie.split(".")[:2]

    await assert_ended(Browser(api, cookie=other))

    await alice.refresh()


@pytest.mark.asvs("9.2.2")
async def test_an_access_token_is_no_refresh_token(api: Api, alice: Browser):
    await assert_ended(Browser(api, cookie=alice.token))
    await assert_ended(
        Browser(api, cookie=urlsafe_b64encode(alice.token.encode()).decode())
    )


AMONG_OTHERS = [
    ["{cookie}"],
    ["a=b; {cookie}"],
    ["a=b;{cookie};c=d"],
    ["a=b", "{cookie}", "c=d"],
    ["a; =; ;;{cookie}"],
    ["  {cookie}  "],
    ["x__Host-parley_refresh=no; __host-parley_refresh=no; {cookie}"],
]


async def test_the_cookie_is_found_among_others(api: Api, alice: Browser):
    cookie = f"{COOKIE}={alice.cookie}"

    for entries in AMONG_OTHERS:
        answer = await api.sessions.RefreshSession(
            pb.RefreshSessionRequest(),
            metadata=[("cookie", entry.format(cookie=cookie)) for entry in entries],
        )

        assert answer.session.name == alice.session.name
