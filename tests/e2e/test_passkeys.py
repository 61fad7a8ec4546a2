"""Passkeys of a real browser, against the whole system."""

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Error, Page

from tests.e2e.passkeys import Person, before, changed, reason
from tests.stack import Stack

ELSEWHERE = "http://localhost:9/"
BLANK = "<!doctype html><title>elsewhere</title>"


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page in a profile of its own."""
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def ada(page: Page, stack: Stack) -> Person:
    """Somebody who has signed up, and has no passkey yet."""
    person = await before(page, f"{stack.url}/sign-in")
    await person.sign_up()
    return person


@pytest.mark.asvs("6.3.3")
async def test_a_passkey_is_made_and_signs_in_alone(ada: Person):
    added = await ada.add_passkey()

    signed_in = await ada.sign_in_with(await ada.get(await ada.options()))

    assert added["factor"]["kind"] == "KIND_PASSKEY"
    assert len(added["recoveryCodes"]) == 10
    assert signed_in["session"]["name"].startswith(ada.user)
    assert signed_in["session"]["methods"] == ["pop", "mfa"]
    cookies = await ada.page.context.cookies()
    assert "__Host-parley_refresh" in [one["name"] for one in cookies]


@pytest.mark.asvs("6.3.3")
async def test_a_passkey_is_a_second_factor(ada: Person):
    await ada.add_passkey()
    token = await ada.challenged()

    response = await ada.get(await ada.options(token))
    signed_in = await ada.call(
        "sessions:complete", challengeToken=token, passkeyResponseJson=response
    )

    assert signed_in["session"]["methods"] == ["pwd", "pop", "mfa"]


async def test_a_known_passkey_is_not_made_again(ada: Person):
    await ada.add_passkey()

    with pytest.raises(Error, match="InvalidStateError"):
        await ada.add_passkey()


async def test_an_answer_signs_in_once(ada: Person):
    await ada.add_passkey()
    response = await ada.get(await ada.options())
    await ada.sign_in_with(response)

    again = await ada.sign_in_with(response)

    assert reason(again) == "INVALID_CREDENTIALS"


async def test_a_passkey_that_does_not_know_its_user_signs_nobody_in_alone(ada: Person):
    await ada.add_passkey()
    await ada.verified(False)

    options = await ada.options()
    with pytest.raises(Error, match="NotAllowedError"):
        await ada.get(options)
    lax = await ada.get(changed(options, userVerification="discouraged"))

    assert reason(await ada.sign_in_with(lax)) == "INVALID_CREDENTIALS"


async def test_a_counter_that_goes_back_signs_nobody_in(ada: Person):
    await ada.add_passkey()
    await ada.count_from(100)
    await ada.sign_in_with(await ada.get(await ada.options()))
    await ada.count_from(50)

    refused = await ada.sign_in_with(await ada.get(await ada.options()))

    assert reason(refused) == "INVALID_CREDENTIALS"


async def test_an_answer_given_to_another_origin_is_worth_nothing(
    ada: Person, stack: Stack
):
    """One with the same host, where browsers do show the passkey."""
    await ada.add_passkey()
    signing_in, adding = await ada.options(), await ada.begin()
    await ada.page.route(
        f"{ELSEWHERE}**",
        lambda route: route.fulfill(body=BLANK, content_type="text/html"),
    )
    await ada.page.goto(ELSEWHERE)

    phished = await ada.get(signing_in)
    made = await ada.create(changed(adding, excludeCredentials=[]))

    await ada.page.goto(f"{stack.url}/sign-in")
    assert reason(await ada.complete(made)) == "INVALID_PASSKEY"
    assert reason(await ada.sign_in_with(phished)) == "INVALID_CREDENTIALS"


async def test_another_site_gets_no_answer_for_ours(ada: Person, stack: Stack):
    await ada.add_passkey()
    signing_in, adding = await ada.options(), await ada.begin()
    evil = "http://evil.localhost:9/"
    await ada.page.route(
        f"{evil}**", lambda route: route.fulfill(body=BLANK, content_type="text/html")
    )
    await ada.page.goto(evil)

    own = {"id": "evil.localhost", "name": "Parley"}
    with pytest.raises(Error, match="NotAllowedError"):
        await ada.get(changed(signing_in, rpId="evil.localhost", timeout=1000))
    made = await ada.create(changed(adding, rp=own, excludeCredentials=[]))
    theirs = await ada.get(changed(signing_in, rpId="evil.localhost"))

    await ada.page.goto(f"{stack.url}/sign-in")
    assert reason(await ada.complete(made)) == "INVALID_PASSKEY"
    assert reason(await ada.sign_in_with(theirs)) == "INVALID_CREDENTIALS"


async def test_the_passkey_of_somebody_else_is_no_second_factor(
    ada: Person, stack: Stack
):
    await ada.add_passkey()
    bob = Person(ada.page, ada.devtools, ada.authenticator)
    await bob.sign_up()
    await bob.add_passkey()
    token = await ada.challenged()
    options = await ada.options(token)
    allowed = json.loads(await bob.options(await bob.challenged()))["allowCredentials"]

    response = await ada.get(changed(options, allowCredentials=allowed))
    refused = await ada.call(
        "sessions:complete", challengeToken=token, passkeyResponseJson=response
    )

    assert reason(refused) == "INVALID_CREDENTIALS"


async def test_the_challenge_of_somebody_else_adds_nothing(ada: Person):
    bob = Person(ada.page, ada.devtools, ada.authenticator)
    # Else ada's session would end as bob's takes its cookie.
    await ada.page.context.clear_cookies()
    await bob.sign_up()

    response = await bob.create(await ada.begin())

    assert reason(await bob.complete(response)) == "INVALID_PASSKEY"


async def test_what_is_too_large_is_refused(ada: Person):
    added = await ada.complete("x" * 20_000)
    huge = await ada.complete("x" * 2_000_000)

    assert reason(added) == "INVALID_PASSKEY"
    assert reason(huge) in ("INVALID_PASSKEY", "REQUEST_TOO_LARGE")
