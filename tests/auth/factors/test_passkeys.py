"""Passkeys, asked of the running service."""

import asyncio
import json
from datetime import timedelta

import grpc
import pytest

from parley.auth.v1 import factor_service_pb2 as pb
from parley.auth.v1 import passkey_service_pb2 as passkey_pb
from parley.auth.v1 import session_service_pb2 as session_pb
from services.auth.factors.model import CEREMONY, MAX_PASSKEYS
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.auth.factors import people
from tests.auth.factors.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Authenticator,
    decoded,
)
from tests.auth.factors.people import (
    add_passkey,
    alone,
    begin_passkey,
    complete_passkey,
    passkey_options,
)
from tests.calls import refusal


async def test_a_passkey_is_added_and_shown_in_the_list(alice: Browser):
    synced = Authenticator(flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP)
    response = synced.create(await begin_passkey(alice))

    added = await complete_passkey(alice, response, "My phone")

    assert added.factor.kind == pb.Factor.KIND_PASSKEY
    assert added.factor.display_name == "My phone"
    assert (added.factor.backup_eligible, added.factor.backed_up) == (True, True)
    assert len(added.recovery_codes) == 10
    listed = await people.factors(alice)
    assert list(listed.factors) == [added.factor]


@pytest.mark.asvs("6.3.3")
async def test_it_signs_in_alone(api: Api, alice: Browser, passkey: Authenticator):
    person = await alone(api, passkey)

    assert list(person.session.methods) == ["pop", "mfa"]
    assert (await person.get_user(alice.user)).name == alice.user
    (factor,) = (await people.factors(alice)).factors
    assert factor.HasField("last_use_time")


@pytest.mark.asvs("6.3.3")
async def test_it_is_a_second_factor(api: Api, alice: Browser, passkey: Authenticator):
    person = Browser(api, alice.email)
    asked = await people.challenge(person)
    options = await passkey_options(person, asked.token)

    await people.complete(
        person, asked.token, passkey_response_json=passkey.get(options)
    )

    assert session_pb.SignInChallenge.FACTOR_PASSKEY in asked.factors
    named = [decoded(one["id"]) for one in json.loads(options)["allowCredentials"]]
    assert named == [passkey.credential_id]
    assert list(person.session.methods) == ["pwd", "pop", "mfa"]


async def test_beside_a_password_it_need_not_verify_its_user(
    api: Api, alice: Browser, passkey: Authenticator
):
    passkey.flags = PRESENT
    person = Browser(api, alice.email)
    asked = await people.challenge(person)
    options = await passkey_options(person, asked.token)

    await people.complete(
        person, asked.token, passkey_response_json=passkey.get(options)
    )

    assert json.loads(options)["userVerification"] == "preferred"


@pytest.mark.asvs("6.3.3")
async def test_alone_it_has_to_verify_its_user(
    api: Api, alice: Browser, passkey: Authenticator
):
    passkey.flags = PRESENT

    refused = await refusal(alone(api, passkey))

    assert refused.reason == "INVALID_CREDENTIALS"


@pytest.mark.asvs("7.5.1")
async def test_it_shows_once_more_who_one_is(alice: Browser, passkey: Authenticator):
    await again(alice, passkey)

    passkey.flags = PRESENT
    refused = await refusal(again(alice, passkey))

    assert refused.reason == "INVALID_CREDENTIALS"


async def again(person: Browser, passkey: Authenticator) -> None:
    begin = passkey_pb.BeginPasskeyProofRequest(parent=person.user)
    options = (
        await person.call(person.api.passkeys.BeginPasskeyProof, begin)
    ).options_json
    request = session_pb.ReauthenticateSessionRequest(
        name=person.session.name, passkey_response_json=passkey.get(options)
    )
    await person.call(person.api.sessions.ReauthenticateSession, request)


@pytest.mark.asvs("6.7.2")
async def test_challenges_are_256_random_bits(alice: Browser):
    challenges = {
        json.loads(await begin_passkey(alice))["challenge"] for _ in range(20)
    }

    assert len(challenges) == 20
    assert {len(decoded(challenge)) for challenge in challenges} == {32}


async def test_completing_may_be_tried_again(alice: Browser):
    response = Authenticator().create(await begin_passkey(alice))
    added = await complete_passkey(alice, response)

    again = await complete_passkey(alice, response)

    assert again.factor == added.factor
    assert list(again.recovery_codes) == []


async def test_a_passkey_need_not_count(api: Api, alice: Browser):
    passkey, _ = await add_passkey(alice, Authenticator(step=0))

    await alone(api, passkey)
    await alone(api, passkey)


async def test_there_are_twenty_at_most(alice: Browser):
    options = [await begin_passkey(alice) for _ in range(MAX_PASSKEYS + 2)]
    passkeys = [Authenticator().create(each) for each in options]

    async def add(response: str) -> str:
        try:
            await complete_passkey(alice, response)
        except grpc.aio.AioRpcError as error:
            return str(error.details())
        return ""

    answers = await asyncio.gather(*map(add, passkeys))

    assert answers.count("") == MAX_PASSKEYS
    assert (await refusal(begin_passkey(alice))).reason == "TOO_MANY_PASSKEYS"
    assert len((await people.factors(alice)).factors) == MAX_PASSKEYS


async def test_known_passkeys_are_not_registered_twice(
    alice: Browser, passkey: Authenticator
):
    options = json.loads(await begin_passkey(alice))

    (known,) = options["excludeCredentials"]
    assert decoded(known["id"]) == passkey.credential_id


@pytest.mark.asvs("6.5.6")
async def test_one_that_was_removed_signs_nobody_in(
    api: Api, alice: Browser, passkey: Authenticator
):
    (factor,) = (await people.factors(alice)).factors
    await people.remove(alice, factor.name)

    assert (await refusal(alone(api, passkey))).reason == "INVALID_CREDENTIALS"
    await Browser(api, alice.email).sign_in()


async def test_one_of_who_is_disabled_signs_nobody_in(
    api: Api, alice: Browser, passkey: Authenticator, database: Database
):
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET disabled_time = now()")

    assert (await refusal(alone(api, passkey))).reason == "INVALID_CREDENTIALS"


async def test_who_has_none_cannot_be_asked_for_one(
    api: Api, alice: Browser, clock: Clock
):
    await people.add_app(alice, clock)
    person = Browser(api, alice.email)
    asked = await people.challenge(person)

    refused = await refusal(passkey_options(person, asked.token))

    assert refused.reason == "NO_FACTOR"


async def test_challenges_are_given_for_sign_ins_that_go_on(
    api: Api, alice: Browser, passkey: Authenticator, clock: Clock
):
    person = Browser(api, alice.email)
    asked = await people.challenge(person)
    clock.ahead += timedelta(minutes=10)

    for token in (asked.token, "x", "A" * 43):
        refused = await refusal(passkey_options(person, token))
        assert refused.reason == "CHALLENGE_ENDED"


async def test_what_nobody_answered_is_swept_away(
    api: Api, alice: Browser, clock: Clock, database: Database
):
    for _ in range(5):
        await passkey_options(Browser(api))
    clock.ahead += CEREMONY

    await passkey_options(Browser(api))

    async with database.statement() as connection:
        found = await connection.execute(
            "SELECT count(*) FROM passkey_ceremonies WHERE expire_time <= %s", [clock()]
        )
        assert await found.fetchone() == (0,)
