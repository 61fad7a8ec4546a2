"""What becomes of a session's tokens when its person shows once more who they are."""

from datetime import timedelta

import pytest

from parley.auth.v1 import session_service_pb2 as pb
from services.auth.sessions.model import GRACE
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.calls import refusal

SECOND = timedelta(seconds=1)


async def reauthenticate(browser: Browser) -> None:
    request = pb.ReauthenticateSessionRequest(
        name=browser.session.name, password=browser.password
    )
    await browser.call(browser.api.sessions.ReauthenticateSession, request)


@pytest.mark.asvs("7.2.4")
async def test_who_shows_once_more_who_they_are_gets_another_token_for_the_one_before(
    api: Api, alice: Browser, clock: Clock
):
    old = Browser(api, cookie=alice.cookie)

    await reauthenticate(alice)

    assert alice.cookie != old.cookie
    clock.ahead += GRACE + SECOND
    await alice.refresh()
    assert (await refusal(old.refresh())).reason == "SESSION_ENDED"


async def test_a_tab_that_refreshes_meanwhile_gets_the_same_token(
    api: Api, alice: Browser
):
    tab = Browser(api, cookie=alice.cookie)
    await reauthenticate(alice)
    first = alice.cookie

    await tab.refresh()
    await reauthenticate(alice)

    assert tab.cookie == first == alice.cookie
