"""SessionService.DeleteSession, called as a client calls it."""

from uuid import uuid4

import grpc
import pytest

from tests.auth.browser import Api, Browser
from tests.calls import refusal


async def test_signs_out_and_clears_the_cookie(api: Api, alice: Browser):
    kept = Browser(api, cookie=alice.cookie)

    await alice.sign_out()

    assert alice.set_cookie
    assert alice.set_cookie.value == ""
    assert alice.set_cookie["max-age"] == "0"
    assert alice.set_cookie["path"] == "/"
    assert alice.set_cookie["secure"]
    assert (await refusal(kept.refresh())).reason == "SESSION_ENDED"


async def test_ending_one_twice_is_no_error(api: Api, alice: Browser):
    # Not the caller's own, whose token is refused soon after.
    elsewhere = await Browser(api, email=alice.email).sign_in()

    await alice.sign_out(elsewhere.session.name)
    await alice.sign_out(elsewhere.session.name)


async def test_ends_another_session_of_the_caller_and_keeps_its_own(
    api: Api, alice: Browser
):
    elsewhere = await Browser(api, email=alice.email).sign_in()

    await alice.sign_out(elsewhere.session.name)

    assert alice.set_cookie is None
    assert (await refusal(elsewhere.refresh())).reason == "SESSION_ENDED"
    await alice.refresh()


@pytest.mark.asvs("8.2.2")
async def test_another_users_session_is_forbidden_whether_there_is_one_or_not(
    alice: Browser, mallory: Browser
):
    there = await refusal(mallory.sign_out(alice.session.name))
    absent = await refusal(mallory.sign_out(f"users/{uuid4()}/sessions/{uuid4()}"))

    assert there == absent
    assert there.code is grpc.StatusCode.PERMISSION_DENIED
    assert there.reason == "FORBIDDEN"
    await alice.refresh()


@pytest.mark.asvs("8.2.2")
async def test_another_users_session_under_ones_own_name_stays(
    alice: Browser, mallory: Browser
):
    session = alice.session.name.rpartition("/")[2]

    await mallory.sign_out(f"{mallory.user}/sessions/{session}")

    await alice.refresh()


@pytest.mark.asvs("3.5.1")
async def test_needs_an_access_token(api: Api, alice: Browser):
    with_cookie_only = Browser(api, cookie=alice.cookie)

    refused = await refusal(with_cookie_only.sign_out(alice.session.name))

    assert refused.reason == "UNAUTHENTICATED"
    await alice.refresh()


async def test_a_malformed_name_is_refused(alice: Browser):
    refused = await refusal(alice.sign_out(f"{alice.user}/sessions/mine"))

    assert refused.reason == "INVALID_NAME"
