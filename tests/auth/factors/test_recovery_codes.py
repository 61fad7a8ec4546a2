"""Recovery codes, asked of the running service."""

import asyncio
from hashlib import sha256
from typing import Any

import grpc
import pytest

from parley.auth.v1 import session_service_pb2 as session_pb
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.auth.factors import people
from tests.auth.factors.people import add_app, add_passkey, regenerate
from tests.calls import refusal


@pytest.fixture
async def codes(alice: Browser, clock: Clock) -> list[str]:
    """The codes of alice, who has an app."""
    _, added = await add_app(alice, clock)
    return list(added.recovery_codes)


@pytest.mark.asvs("6.5.1")
async def test_each_signs_in_once(alice: Browser, codes: list[str]):
    signed_in = await people.sign_in(alice, recovery_code=codes[0])
    refused = await refusal(people.sign_in(alice, recovery_code=codes[0]))

    assert list(signed_in.session.methods) == ["pwd", "otp", "mfa"]
    assert refused.reason == "INVALID_CREDENTIALS"
    assert (await people.factors(alice)).recovery_codes_left == 9
    await people.sign_in(alice, recovery_code=codes[9].upper().replace("-", " "))


@pytest.mark.asvs("6.5.1", "15.4.2")
async def test_of_fifty_who_show_one_at_the_same_time_one_is_let_in(
    api: Api, alice: Browser, codes: list[str]
):
    there = [
        Browser(api, alice.email, address=f"203.0.113.{number}") for number in range(50)
    ]
    tokens = [(await people.challenge(one)).token for one in there]

    async def answer(one: Browser, token: str) -> bool:
        try:
            await people.complete(one, token, recovery_code=codes[0])
        except grpc.aio.AioRpcError:
            return False
        return True

    let_in = await asyncio.gather(*map(answer, there, tokens))

    assert let_in.count(True) == 1
    assert (await people.factors(alice)).recovery_codes_left == 9


@pytest.mark.asvs("6.3.1")
async def test_guesses_are_limited_before_they_are_looked_at(
    api: Api, alice: Browser, codes: list[str]
):
    person = Browser(api, alice.email, address="203.0.113.7")
    tokens = [(await people.challenge(person)).token for _ in range(4)]

    refused = [
        await refusal(people.complete(person, token, recovery_code="wrong"))
        for token in tokens
        for _ in range(5)
    ]

    assert [one.reason for one in refused].count("INVALID_CREDENTIALS") == 10
    last = await refusal(people.complete(person, tokens[3], recovery_code=codes[0]))
    assert last.reason in ("TOO_MANY_ATTEMPTS", "CHALLENGE_ENDED")
    assert (await people.factors(alice)).recovery_codes_left == 10


@pytest.mark.asvs("6.5.2")
async def test_only_hashes_are_stored(
    alice: Browser, codes: list[str], database: Database
):
    async with database.statement() as connection:
        cursor = await connection.execute("SELECT hash FROM recovery_codes")
        stored = {bytes(row[0]) for row in await cursor.fetchall()}

    plain = [code.replace("-", "").upper().encode() for code in codes]
    assert stored == {sha256(code).digest() for code in plain}


async def test_those_of_another_are_no_good(
    alice: Browser, mallory: Browser, codes: list[str], clock: Clock
):
    _, added = await add_app(mallory, clock)

    refused = await refusal(
        people.sign_in(alice, recovery_code=added.recovery_codes[0])
    )

    assert refused.reason == "INVALID_CREDENTIALS"
    assert (await people.factors(mallory)).recovery_codes_left == 10


async def test_new_ones_replace_those_from_before(alice: Browser, codes: list[str]):
    new = await regenerate(alice)

    assert len(set(new) | set(codes)) == 20
    refused = await refusal(people.sign_in(alice, recovery_code=codes[0]))
    assert refused.reason == "INVALID_CREDENTIALS"
    await people.sign_in(alice, recovery_code=new[0])


async def test_of_sets_made_at_the_same_time_one_is_stored(
    alice: Browser, codes: list[str]
):
    sets = await asyncio.gather(*(regenerate(alice) for _ in range(8)))

    assert (await people.factors(alice)).recovery_codes_left == 10
    good: list[Any] = []
    for new in sets:
        try:
            good.append(await people.sign_in(alice, recovery_code=new[0]))
        except grpc.aio.AioRpcError:
            continue
    assert len(good) == 1


async def test_without_a_factor_there_are_none(alice: Browser):
    assert (await refusal(regenerate(alice))).reason == "NO_FACTOR"


async def test_they_come_with_the_first_factor_and_go_with_the_last(
    alice: Browser, codes: list[str]
):
    _, second = await add_passkey(alice)
    assert list(second.recovery_codes) == []

    for factor in (await people.factors(alice)).factors:
        assert (await people.factors(alice)).recovery_codes_left == 10
        await people.remove(alice, factor.name)

    assert (await people.factors(alice)).recovery_codes_left == 0
    await Browser(alice.api, alice.email).sign_in()


async def test_when_none_is_left_none_is_asked_for(
    alice: Browser, database: Database, codes: list[str]
):
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM recovery_codes")

    asked = await people.challenge(Browser(alice.api, alice.email))

    assert list(asked.factors) == [session_pb.SignInChallenge.FACTOR_TOTP]


@pytest.mark.parametrize("code", ["", "x", "-", "\0", "é" * 30, "a" * 100_000])
async def test_what_is_none_is_refused(alice: Browser, codes: list[str], code: str):
    refused = await refusal(people.sign_in(alice, recovery_code=code))

    assert refused.reason == "INVALID_CREDENTIALS"
