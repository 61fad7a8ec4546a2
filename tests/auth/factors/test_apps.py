"""Authenticator apps, asked of the running service."""

import asyncio
from typing import Any
from uuid import uuid4

import grpc
import pyotp
import pytest

from parley.auth.v1 import factor_service_pb2 as pb
from parley.auth.v1 import session_service_pb2 as session_pb
from services.auth.factors.model import ENROLMENT
from services.auth.sessions.model import MAX_TRIES
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.auth.factors import people
from tests.auth.factors.people import add_app, begin_totp, complete_totp
from tests.calls import refusal


async def test_an_app_is_a_factor_once_it_has_shown_a_right_code(
    alice: Browser, clock: Clock
):
    begun = await begin_totp(alice)
    assert (await people.factors(alice)).factors == []
    await Browser(alice.api, alice.email).sign_in()

    app = people.App(begun.secret, clock)
    added = await complete_totp(alice, app.code(), " My phone ")

    assert added.factor.kind == pb.Factor.KIND_TOTP
    assert added.factor.display_name == "My phone"
    assert len(added.recovery_codes) == 10
    listed = await people.factors(alice)
    assert list(listed.factors) == [added.factor]
    assert listed.recovery_codes_left == 10
    asked = await people.challenge(Browser(alice.api, alice.email))
    assert list(asked.factors) == [
        session_pb.SignInChallenge.FACTOR_TOTP,
        session_pb.SignInChallenge.FACTOR_RECOVERY_CODE,
    ]


async def test_secret_uri_and_picture_are_the_same(alice: Browser):
    begun = await begin_totp(alice)

    read = pyotp.parse_uri(begun.uri)

    assert read.secret == begun.secret
    assert read.name == alice.email
    assert begun.qr_svg.startswith("<svg")


async def test_a_wrong_code_completes_nothing(alice: Browser, clock: Clock):
    begun = await begin_totp(alice)
    right = people.App(begun.secret, clock).code()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"

    refused = await refusal(complete_totp(alice, wrong))

    assert refused.reason == "INVALID_CODE"
    assert (await people.factors(alice)).factors == []
    await complete_totp(alice, right)


async def test_an_enrolment_ends_by_itself(alice: Browser, clock: Clock):
    app = people.App((await begin_totp(alice)).secret, clock)
    clock.ahead += ENROLMENT

    refused = await refusal(complete_totp(alice, app.code()))

    assert refused.reason == "ENROLMENT_OVER"


async def test_beginning_anew_forgets_the_secret_before(alice: Browser, clock: Clock):
    before = people.App((await begin_totp(alice)).secret, clock)
    now = people.App((await begin_totp(alice)).secret, clock)

    assert (await refusal(complete_totp(alice, before.code()))).reason == "INVALID_CODE"
    await complete_totp(alice, now.code())


async def test_completing_may_be_tried_again(alice: Browser, clock: Clock):
    app = people.App((await begin_totp(alice)).secret, clock)
    added = await complete_totp(alice, app.code())

    again = await complete_totp(alice, app.code())

    assert again.factor == added.factor
    assert list(again.recovery_codes) == []
    assert (await people.factors(alice)).recovery_codes_left == 10
    assert (await refusal(complete_totp(alice, app.code(1)))).reason == "ENROLMENT_OVER"


async def test_completed_many_times_at_once_it_is_one_app_with_one_set_of_codes(
    alice: Browser, clock: Clock
):
    app = people.App((await begin_totp(alice)).secret, clock)

    answers = await asyncio.gather(
        *(complete_totp(alice, app.code()) for _ in range(20)), return_exceptions=True
    )

    added = [one for one in answers if isinstance(one, pb.CompleteTotpResponse)]
    assert [len(one.recovery_codes) for one in added].count(10) == 1
    assert len({one.factor.name for one in added}) == 1
    assert (await people.factors(alice)).recovery_codes_left == 10


async def test_there_is_one_app_at_most(alice: Browser, clock: Clock):
    await add_app(alice, clock)

    assert (await refusal(begin_totp(alice))).reason == "FACTOR_EXISTS"


@pytest.mark.asvs("6.5.1", "6.3.3")
async def test_a_code_signs_in_once(alice: Browser, clock: Clock):
    app, _ = await add_app(alice, clock)

    signed_in = await people.sign_in(alice, totp_code=app.code())
    refused = await refusal(people.sign_in(alice, totp_code=app.code()))

    assert list(signed_in.session.methods) == ["pwd", "otp", "mfa"]
    assert refused.reason == "INVALID_CREDENTIALS"
    clock.ahead += people.STEP
    await people.sign_in(alice, totp_code=app.code())


@pytest.mark.asvs("6.5.1")
async def test_the_code_that_completed_the_enrolment_signs_nobody_in(
    alice: Browser, clock: Clock
):
    app = people.App((await begin_totp(alice)).secret, clock)
    await complete_totp(alice, app.code())

    refused = await refusal(people.sign_in(alice, totp_code=app.code()))

    assert refused.reason == "INVALID_CREDENTIALS"


@pytest.mark.asvs("6.5.1")
async def test_an_earlier_code_is_no_good_after_a_later_one(
    alice: Browser, clock: Clock
):
    app, _ = await add_app(alice, clock)
    await people.sign_in(alice, totp_code=app.code(1))

    for steps in (-1, 0, 1):
        refused = await refusal(people.sign_in(alice, totp_code=app.code(steps)))
        assert refused.reason == "INVALID_CREDENTIALS"


@pytest.mark.asvs("6.5.8")
@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (1, True), (2, False)])
async def test_a_clock_may_be_off_by_one_step(
    alice: Browser, clock: Clock, steps: int, taken: bool
):
    app, _ = await add_app(alice, clock)
    signing_in = people.sign_in(alice, totp_code=app.code(steps))

    if taken:
        await signing_in
    else:
        assert (await refusal(signing_in)).reason == "INVALID_CREDENTIALS"


async def ended(*calls: Any) -> list[str]:
    """Make calls at the same time; return `""` for each success, or its reason."""

    async def one(call: Any) -> str:
        try:
            await call
        except grpc.aio.AioRpcError:
            return "refused"
        return ""

    return await asyncio.gather(*map(one, calls))


@pytest.mark.asvs("6.5.1", "15.4.2")
async def test_of_fifty_who_show_a_code_at_the_same_time_one_is_let_in(
    api: Api, alice: Browser, clock: Clock
):
    app, _ = await add_app(alice, clock)
    # Each with a challenge and an address of its own, so that no limit is in the way.
    people_there = [
        Browser(api, alice.email, address=f"203.0.113.{number}") for number in range(50)
    ]
    tokens = [(await people.challenge(one)).token for one in people_there]

    answers = await ended(
        *(
            people.complete(one, token, totp_code=app.code())
            for one, token in zip(people_there, tokens, strict=True)
        )
    )

    assert answers.count("") == 1


@pytest.mark.asvs("6.3.1")
async def test_guesses_at_the_same_time_do_not_slip_through(
    api: Api, alice: Browser, clock: Clock
):
    """A challenge takes five, and a network ten in a quarter of an hour."""
    app, _ = await add_app(alice, clock)
    right = {app.code(steps) for steps in (-1, 0, 1)}
    guesses = [code for n in range(53) if (code := f"{n:06}") not in right][:50]
    person = Browser(api, alice.email, address="203.0.113.7")
    tokens = [(await people.challenge(person)).token for _ in range(4)]

    refused = await asyncio.gather(
        *(
            refusal(
                people.complete(
                    Browser(api, address="203.0.113.7"), token, totp_code=guess
                )
            )
            for number, guess in enumerate(guesses)
            for token in [tokens[number % len(tokens)]]
        )
    )

    reasons = [one.reason for one in refused]
    assert reasons.count("INVALID_CREDENTIALS") == 10
    assert reasons.count("TOO_MANY_ATTEMPTS") == 4 * MAX_TRIES - 10
    assert reasons.count("CHALLENGE_ENDED") == 50 - 4 * MAX_TRIES


@pytest.mark.asvs("6.3.1")
async def test_who_has_not_shown_the_password_shuts_nobody_out(
    api: Api, alice: Browser, clock: Clock
):
    app, _ = await add_app(alice, clock)

    await asyncio.gather(
        *(
            refusal(people.complete(Browser(api), uuid4().hex, totp_code="000000"))
            for _ in range(50)
        )
    )

    await people.sign_in(alice, totp_code=app.code())
