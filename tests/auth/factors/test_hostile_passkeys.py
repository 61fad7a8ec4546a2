"""What is done with passkeys by who should not sign in."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parley.auth.v1.passkey_service_pb2 import BeginPasskeyProofRequest
from parley.auth.v1.session_service_pb2 import ReauthenticateSessionRequest
from services.auth.attempts.model import Limits
from services.auth.factors.model import CEREMONY
from services.auth.factors.relying import MAX_RESPONSE
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.auth.factors import people
from tests.auth.factors.authenticator import (
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Authenticator,
)
from tests.auth.factors.people import (
    add_passkey,
    alone,
    begin_passkey,
    complete_passkey,
    passkey_options,
    show_passkey,
)
from tests.calls import refusal

HOSTILE: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://parley.example.evil"},
    "another relying party": {"rp_id": "evil.example"},
    "in a frame": {"cross_origin": True},
    "nobody present": {"flags": VERIFIED},
    "another key": {"key": Authenticator().key},
    "a credential that nobody has": {"credential_id": b"nobody's"},
    "of another user": {"user_handle": uuid4().bytes},
    "of no user": {"user_handle": None},
    "another backup state": {"flags": PRESENT | VERIFIED | ELIGIBLE},
}


@pytest.mark.parametrize("lie", HOSTILE)
async def test_no_such_answer_signs_in(
    api: Api, alice: Browser, passkey: Authenticator, lie: str
):
    for name, value in HOSTILE[lie].items():
        setattr(passkey, name, value)

    refused = await refusal(alone(api, passkey))

    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    assert refused.reason == "INVALID_CREDENTIALS"


async def test_an_answer_signs_in_once(
    api: Api, alice: Browser, passkey: Authenticator
):
    person = Browser(api)
    response = passkey.get(await passkey_options(person))
    await show_passkey(person, response)

    refused = await refusal(show_passkey(Browser(api), response))

    assert refused.reason == "INVALID_CREDENTIALS"


@pytest.mark.asvs("15.4.2")
async def test_of_fifty_who_show_an_answer_at_the_same_time_one_is_let_in(
    api: Api, alice: Browser, passkey: Authenticator
):
    response = passkey.get(await passkey_options(Browser(api)))

    async def show() -> bool:
        try:
            await show_passkey(Browser(api), response)
        except grpc.aio.AioRpcError:
            return False
        return True

    let_in = await asyncio.gather(*(show() for _ in range(50)))

    assert let_in.count(True) == 1


async def test_an_answer_may_come_too_late(
    api: Api, alice: Browser, passkey: Authenticator, clock: Clock
):
    response = passkey.get(await passkey_options(Browser(api)))
    clock.ahead += CEREMONY

    refused = await refusal(show_passkey(Browser(api), response))

    assert refused.reason == "INVALID_CREDENTIALS"


async def test_a_challenge_that_was_never_given_is_refused(
    api: Api, alice: Browser, passkey: Authenticator
):
    response = passkey.get(await passkey_options(Browser(api)), challenge="A" * 43)

    refused = await refusal(show_passkey(Browser(api), response))

    assert refused.reason == "INVALID_CREDENTIALS"


async def test_each_challenge_is_for_its_own_purpose(
    api: Api, alice: Browser, passkey: Authenticator
):
    person = Browser(api, alice.email)
    asked = await people.challenge(person)
    to_register = await begin_passkey(alice)
    for_second = await passkey_options(person, asked.token)
    for_alone = await passkey_options(person)

    with_second = await refusal(show_passkey(person, passkey.get(for_second)))
    with_register = await refusal(show_passkey(person, passkey.get(to_register)))
    beside = await refusal(
        people.complete(
            person, asked.token, passkey_response_json=passkey.get(for_alone)
        )
    )
    new = Authenticator()
    options = json.loads(await begin_passkey(alice))
    options["challenge"] = json.loads(await passkey_options(person))["challenge"]
    registered = await refusal(complete_passkey(alice, new.create(json.dumps(options))))

    reasons = [one.reason for one in (with_second, with_register, beside, registered)]
    assert reasons == ["INVALID_CREDENTIALS"] * 3 + ["INVALID_PASSKEY"]


async def test_to_sign_in_is_not_to_show_once_more_who_one_is(
    api: Api, alice: Browser, passkey: Authenticator
):
    person = Browser(api, alice.email)
    asked = await people.challenge(person)
    for_second = await passkey_options(person, asked.token)
    begin = BeginPasskeyProofRequest(parent=alice.user)
    for_again = (await alice.call(api.passkeys.BeginPasskeyProof, begin)).options_json

    again = ReauthenticateSessionRequest(
        name=alice.session.name, passkey_response_json=passkey.get(for_second)
    )
    with_second = await refusal(alice.call(api.sessions.ReauthenticateSession, again))
    with_again = await refusal(
        people.complete(
            person, asked.token, passkey_response_json=passkey.get(for_again)
        )
    )

    assert with_second.reason == with_again.reason == "INVALID_CREDENTIALS"


async def test_challenges_for_who_is_signed_in_are_counted_too(
    api: Api, alice: Browser, passkey: Authenticator
):
    alice.address = "203.0.113.7"
    begin = BeginPasskeyProofRequest(parent=alice.user)
    for _ in range(Limits().address):
        await alice.call(api.passkeys.BeginPasskeyProof, begin)

    refused = await refusal(alice.call(api.passkeys.BeginPasskeyProof, begin))

    assert refused.reason == "TOO_MANY_ATTEMPTS"


async def test_a_passkey_of_somebody_else_is_no_second_factor(
    api: Api, alice: Browser, mallory: Browser, passkey: Authenticator
):
    theirs, _ = await add_passkey(mallory)
    person = Browser(api, alice.email)
    asked = await people.challenge(person)
    options = await passkey_options(person, asked.token)

    for handle in (theirs.user_handle, passkey.user_handle, None):
        theirs.user_handle = handle
        refused = await refusal(
            people.complete(
                person, asked.token, passkey_response_json=theirs.get(options)
            )
        )
        assert refused.reason == "INVALID_CREDENTIALS"


async def test_a_challenge_of_somebody_else_registers_nothing(
    alice: Browser, mallory: Browser
):
    options = await begin_passkey(alice)

    refused = await refusal(complete_passkey(mallory, Authenticator().create(options)))

    assert refused.reason == "INVALID_PASSKEY"
    assert (await people.factors(mallory)).factors == []


async def test_a_passkey_is_one_users(
    alice: Browser, mallory: Browser, passkey: Authenticator
):
    stolen = Authenticator(credential_id=passkey.credential_id)

    refused = await refusal(add_passkey(mallory, stolen))

    assert refused.reason == "PASSKEY_TAKEN"
    assert (await people.factors(mallory)).factors == []


async def test_a_counter_that_goes_back_is_refused(
    api: Api, alice: Browser, passkey: Authenticator
):
    await alone(api, passkey)
    await alone(api, passkey)
    passkey.count -= 1

    refused = await refusal(alone(api, passkey))

    assert refused.reason == "INVALID_CREDENTIALS"
    await alone(api, passkey)


async def test_a_copy_that_counts_on_its_own_is_noticed(
    api: Api, alice: Browser, passkey: Authenticator
):
    copy = Authenticator(
        passkey.key, passkey.credential_id, passkey.user_handle, passkey.count
    )
    await alone(api, passkey)

    assert (await refusal(alone(api, copy))).reason == "INVALID_CREDENTIALS"


@pytest.mark.parametrize(
    "garbage", ["{}", "null", "x", "[" * 10_000, "\0", "x" * (MAX_RESPONSE + 1)]
)
async def test_garbage_is_refused(alice: Browser, passkey: Authenticator, garbage: str):
    adding = await refusal(complete_passkey(alice, garbage))
    signing_in = await refusal(show_passkey(Browser(alice.api), garbage))
    asked = await people.challenge(Browser(alice.api, alice.email))
    beside = await refusal(
        people.complete(alice, asked.token, passkey_response_json=garbage)
    )

    assert adding.reason == "INVALID_PASSKEY"
    assert signing_in.reason == beside.reason == "INVALID_CREDENTIALS"
