"""Signing in with a second factor, in steps."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import grpc
import jwt
import pytest

from parley.auth.v1 import session_service_pb2 as pb
from services.auth.attempts.model import LIMITS
from services.auth.factors.model import Purpose
from services.auth.sessions.model import CHALLENGE, MAX_TRIES, Factor, Proof
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.auth.test_create_session import waiting
from tests.calls import refusal

CODE = "123456"


@dataclass
class OneCode:
    """Everybody has an authenticator, which always shows the same."""

    on: bool = True
    asked: list[Proof] = field(default_factory=list)

    async def factors(self, user_id: UUID) -> frozenset[Factor]:
        return frozenset({"totp"} if self.on else ())

    async def verify(self, user_id: UUID, proof: Proof, purpose: Purpose) -> str | None:
        self.asked.append(proof)
        return "otp" if proof == Proof("totp", CODE) else None


@pytest.fixture
def codes() -> OneCode:
    return OneCode()


@pytest.fixture
async def api(
    serve: Serve, redis_url: str, hasher: CountingHasher, codes: OneCode
) -> AsyncIterator[Api]:
    async with serve(redis_url, hasher, factors=codes) as api:
        yield api


async def challenge(person: Browser) -> pb.SignInChallenge:
    request = pb.CreateSessionRequest(email=person.email, password=person.password)
    answer = await person.call(person.api.sessions.CreateSession, request)
    assert not answer.HasField("session")
    assert not answer.HasField("access_token")
    found: pb.SignInChallenge = answer.challenge
    return found


async def complete(person: Browser, token: str, code: str = CODE) -> Browser:
    request = pb.CompleteSessionRequest(challenge_token=token, totp_code=code)
    return person.keep(await person.call(person.api.sessions.CompleteSession, request))


async def test_who_has_a_second_factor_is_asked_for_it_and_gets_nothing_before(
    alice: Browser,
):
    person = Browser(alice.api, alice.email)

    asked = await challenge(person)
    assert (person.cookie, person.token) == ("", "")
    await complete(person, asked.token)

    assert asked.factors == [pb.SignInChallenge.FACTOR_TOTP]
    assert list(person.session.methods) == ["pwd", "otp", "mfa"]
    assert (await person.get_user(alice.user)).name == alice.user


async def test_a_wrong_password_is_not_told_that_there_is_a_second_factor(
    alice: Browser, codes: OneCode
):
    refused = await refusal(Browser(alice.api, alice.email, "wrong password").sign_in())

    assert refused.reason == "INVALID_CREDENTIALS"
    assert codes.asked == []


async def test_a_wrong_code_may_be_mended_a_few_times(alice: Browser, codes: OneCode):
    asked = await challenge(alice)
    for _ in range(MAX_TRIES):
        refused = await refusal(complete(alice, asked.token, "000000"))
        assert refused.reason == "INVALID_CREDENTIALS"

    refused = await refusal(complete(alice, asked.token))

    assert refused.reason == "CHALLENGE_ENDED"
    assert len(codes.asked) == MAX_TRIES


async def test_guesses_at_the_same_time_do_not_slip_through(
    alice: Browser, codes: OneCode
):
    asked = await challenge(alice)

    await asyncio.gather(
        *(refusal(complete(alice, asked.token, f"{code:06}")) for code in range(50))
    )

    assert len(codes.asked) == MAX_TRIES


async def test_of_those_who_complete_it_at_the_same_time_one_is_let_in(
    alice: Browser, database: Database
):
    asked = await challenge(alice)
    before = await count(database)

    ended = await asyncio.gather(
        *(complete(Browser(alice.api), asked.token) for _ in range(MAX_TRIES)),
        return_exceptions=True,
    )

    assert [isinstance(each, Browser) for each in ended].count(True) == 1
    assert await count(database) == before + 1


async def count(database: Database) -> int:
    async with database.statement() as connection:
        found = await connection.execute("SELECT count(*) FROM sessions")
        ((number,),) = await found.fetchall()
    return int(number)


async def test_a_challenge_is_used_once(alice: Browser):
    asked = await challenge(alice)
    await complete(alice, asked.token)

    refused = await refusal(complete(Browser(alice.api), asked.token))

    assert refused.reason == "CHALLENGE_ENDED"


async def test_a_challenge_ends_by_itself(alice: Browser, clock: Clock):
    asked = await challenge(alice)
    clock.ahead += CHALLENGE

    assert (await refusal(complete(alice, asked.token))).reason == "CHALLENGE_ENDED"


@pytest.mark.parametrize("token", ["", "x", "A" * 43])
async def test_a_challenge_that_was_never_given_is_refused(alice: Browser, token: str):
    refused = await refusal(complete(alice, token))

    assert refused.reason == ("CHALLENGE_ENDED" if token else "INVALID_FIELD")


async def test_a_challenge_needs_a_proof(alice: Browser):
    request = pb.CompleteSessionRequest(challenge_token="x")

    refused = await refusal(alice.call(alice.api.sessions.CompleteSession, request))

    assert refused.metadata["field"] == "proof"


async def test_who_is_disabled_meanwhile_is_not_let_in(
    alice: Browser, database: Database
):
    asked = await challenge(alice)
    await disable(database, alice)

    assert (await refusal(complete(alice, asked.token))).reason == "CHALLENGE_ENDED"


async def disable(database: Database, person: Browser) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE users SET disabled_time = now() WHERE id = %s",
            [person.user.removeprefix("users/")],
        )


async def test_who_is_disabled_is_refused_as_if_the_password_were_wrong(
    alice: Browser, database: Database
):
    await disable(database, alice)

    signing_in = await refusal(Browser(alice.api, alice.email).sign_in())
    refreshing = await refusal(alice.refresh())

    assert signing_in.reason == "INVALID_CREDENTIALS"
    assert refreshing.reason == "SESSION_ENDED"
    assert alice.cookie == ""


async def reauthenticate(person: Browser, **proof: str) -> int:
    request = pb.ReauthenticateSessionRequest(name=person.session.name, **proof)
    answer = await person.call(person.api.sessions.ReauthenticateSession, request)
    person.token = answer.access_token.token
    return int(claims(person)["auth_time"])


def claims(person: Browser) -> dict[str, int]:
    found: dict[str, int]
    found = jwt.decode(person.token, options={"verify_signature": False})
    return found


async def test_showing_once_more_who_one_is_takes_all_that_signing_in_does(
    alice: Browser, clock: Clock
):
    before = claims(alice)["auth_time"]
    clock.ahead += timedelta(seconds=30)

    no_factor = await refusal(reauthenticate(alice, password=alice.password))
    no_password = await refusal(reauthenticate(alice, totp_code=CODE))
    wrong = await refusal(
        reauthenticate(alice, password=alice.password, totp_code="000000")
    )
    after = await reauthenticate(alice, password=alice.password, totp_code=CODE)

    assert no_factor.metadata["field"] == "proof"
    assert no_password.reason == wrong.reason == "INVALID_CREDENTIALS"
    assert after >= before + 30
    await alice.refresh()
    assert claims(alice)["auth_time"] == after, "refreshing is not showing who one is"


async def test_nobody_shows_for_another_session_who_they_are(
    alice: Browser, mallory: Browser
):
    request = pb.ReauthenticateSessionRequest(
        name=alice.session.name, password=mallory.password, totp_code=CODE
    )

    refused = await refusal(
        mallory.call(mallory.api.sessions.ReauthenticateSession, request)
    )

    assert refused.code is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.asvs("7.4.3")
async def test_a_challenge_that_another_password_overtakes_is_not_given(
    alice: Browser, database: Database
):
    person = Browser(alice.api, alice.email)

    async with database.transaction() as change:
        await change.execute("UPDATE users SET version = version + 1")
        signing_in = asyncio.create_task(refusal(person.sign_in()))
        async with asyncio.timeout(10):
            while not await waiting(database):
                continue

    assert (await signing_in).reason == "INVALID_CREDENTIALS"


@pytest.mark.asvs("6.1.1", "6.3.1")
async def test_who_knows_the_password_cannot_shut_the_owner_out_of_the_second_factor(
    api: Api, alice: Browser
):
    for number in range(LIMITS["totp"].subject // MAX_TRIES):
        thief = Browser(api, alice.email, address=f"10.{number}.0.1")
        asked = await challenge(thief)
        for _ in range(MAX_TRIES):
            await refusal(complete(thief, asked.token, "000000"))
    thief = Browser(api, alice.email, address="10.200.0.1")
    asked = await challenge(thief)
    refused = await refusal(complete(thief, asked.token))
    assert refused.reason == "TOO_MANY_ATTEMPTS"

    alice.address = "192.0.2.1"
    await reauthenticate(alice, password=alice.password, totp_code=CODE)
    asked = await challenge(alice)
    await complete(alice, asked.token)


@pytest.mark.asvs("6.1.1", "6.3.1")
async def test_who_guesses_cannot_keep_the_owner_from_showing_who_they_are(
    api: Api, alice: Browser
):
    for number in range(LIMITS["password"].subject + 1):
        mallory = Browser(api, alice.email, "a wrong guess", address=f"10.{number}.0.1")
        await refusal(mallory.sign_in())
    alice.address = "192.0.2.1"

    await reauthenticate(alice, password=alice.password, totp_code=CODE)
    await alice.delete_user()
