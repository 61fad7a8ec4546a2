"""AccountService.DeleteUser, called as a client calls it."""

from uuid import uuid4

import grpc
import pytest

from services.auth.attempts.model import Limits
from tests.auth.browser import PASSWORD, Api, Browser
from tests.auth.conftest import CountingHasher
from tests.calls import refusal

LIMITS = Limits()


async def test_deletes_the_user_and_clears_the_cookie(api: Api, alice: Browser):
    await alice.delete_user()

    assert alice.set_cookie
    assert alice.set_cookie.value == ""
    assert alice.set_cookie["max-age"] == "0"
    assert (await refusal(alice.sign_in())).reason == "INVALID_CREDENTIALS"


async def test_a_deleted_users_sessions_cannot_be_refreshed(api: Api, alice: Browser):
    here, there = alice.cookie, Browser(api, email=alice.email)
    await there.sign_in()

    await alice.delete_user()

    assert (await refusal(there.refresh())).reason == "SESSION_ENDED"
    again = Browser(api, cookie=here)
    assert (await refusal(again.refresh())).reason == "SESSION_ENDED"


@pytest.mark.asvs("10.3.3")
async def test_who_gets_the_address_next_is_somebody_else(api: Api, alice: Browser):
    gone = Browser(api, user=alice.user, token=alice.token)
    await alice.delete_user()

    await alice.sign_up()

    assert alice.user != gone.user
    # The token of who had it says nothing of who has it now.
    reasons = {"FORBIDDEN", "UNAUTHENTICATED"}
    assert (await refusal(gone.get_user(alice.user))).reason in reasons


async def test_a_wrong_password_deletes_nothing(alice: Browser):
    alice.password = "not the password"

    refused = await refusal(alice.delete_user())

    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    assert refused.reason == "INVALID_CREDENTIALS"
    assert alice.set_cookie is None
    assert (await alice.get_user()).name == alice.user
    alice.password = PASSWORD
    await alice.refresh()


@pytest.mark.asvs("8.2.2")
async def test_another_user_is_forbidden_whether_there_is_one_or_not(
    alice: Browser, mallory: Browser, hasher: CountingHasher
):
    there = await refusal(mallory.delete_user(alice.user))
    absent = await refusal(mallory.delete_user(f"users/{uuid4()}"))

    assert there == absent
    assert there.reason == "FORBIDDEN"
    assert hasher.verified == []
    assert (await alice.get_user()).name == alice.user


async def test_needs_a_token_and_a_password(alice: Browser, stranger: Browser):
    assert (await refusal(stranger.delete_user(alice.user))).reason == "UNAUTHENTICATED"
    alice.password = ""

    refused = await refusal(alice.delete_user())

    assert refused.reason == "INVALID_CREDENTIALS"


async def test_twice_is_not_found(alice: Browser):
    await alice.delete_user()

    # Refused already as the token's, once the service has heard that it is revoked.
    reasons = {"USER_NOT_FOUND", "UNAUTHENTICATED"}
    assert (await refusal(alice.delete_user())).reason in reasons


async def test_guesses_count_with_those_of_signing_in(
    api: Api, alice: Browser, hasher: CountingHasher
):
    guesser = Browser(api, email=alice.email, password="a guess")
    for _ in range(LIMITS.pair):
        assert (await refusal(guesser.sign_in())).reason == "INVALID_CREDENTIALS"
    hashes = len(hasher.verified)

    refused = await refusal(alice.delete_user())

    assert refused.reason == "TOO_MANY_ATTEMPTS"
    assert len(hasher.verified) == hashes
