"""ApiKeyService.ExchangeApiKey: what a key is good for, and when it is not."""

import asyncio
from datetime import UTC, timedelta
from time import perf_counter
from uuid import uuid4

import grpc
import pytest

from parley.auth.v1 import account_service_pb2 as account_pb
from parley.auth.v1 import api_key_service_pb2 as pb
from parley.auth.v1 import device_service_pb2 as device_pb
from parley.auth.v1 import session_service_pb2 as session_pb
from services.auth.api_keys.texts import KeyText
from services.auth.attempts.model import LIMITS
from services.kit.postgres import Database
from tests.auth.api_keys.keys import (
    anew,
    claims,
    create,
    exchange,
    id_of,
    revoke,
    row,
)
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.calls import refusal

CACHED_SECONDS = 1.0


async def test_a_key_gets_a_short_token_that_says_what_it_may_do(
    api: Api, alice: Browser
):
    made = await create(alice, scopes=["chat", "knowledge"])

    answer = await exchange(api, made.key)

    said = claims(answer.access_token.token)
    assert said["sub"] == alice.user.removeprefix("users/")
    assert said["key"] == str(id_of(made.api_key.name))
    assert said["scope"] == "chat knowledge"
    assert "sid" not in said
    assert said["exp"] - said["iat"] == 300
    assert said["auth_time"] == 0


async def test_the_edge_brings_a_key_as_metadata_and_takes_a_header(
    api: Api, alice: Browser
):
    made = await create(alice)
    metadata = (("x-parley-api-key", f"Bearer {made.key}"),)

    call = api.api_keys.ExchangeApiKey(pb.ExchangeApiKeyRequest(), metadata=metadata)

    said = dict(await call.initial_metadata())
    answer = await call
    assert said["authorization"] == f"Bearer {answer.access_token.token}"


def forged(key: str) -> str:
    """Write a key with the right ID and another secret, and the right checksum."""
    read = KeyText.parse(key)
    assert read
    return KeyText.make(read.id).text


@pytest.mark.asvs("6.3.8")
async def test_every_bad_key_is_refused_alike(
    api: Api, alice: Browser, clock: Clock, database: Database
):
    made = await create(alice)
    revoked = await create(alice)
    await revoke(alice, revoked.api_key.name)
    keys = [
        "",
        "parley_",
        made.key[:-1],
        made.key.replace("parley_", "parlex_"),
        "parley_" + "0" * 60,
        forged(made.key),
        KeyText.make(uuid4()).text,
        revoked.key,
        "x" * 100_000,
        "\0",
    ]

    answers = [await refusal(exchange(api, key)) for key in keys]
    clock.ahead = timedelta(days=90)
    answers.append(await refusal(exchange(api, made.key)))

    assert answers == [answers[0]] * (len(keys) + 1)
    assert answers[0].code is grpc.StatusCode.UNAUTHENTICATED
    assert answers[0].reason == "API_KEY_INVALID"
    assert answers[0].metadata == {}


@pytest.mark.asvs("7.4.2")
async def test_the_key_of_a_disabled_user_is_refused(
    api: Api, alice: Browser, database: Database
):
    made = await create(alice)
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET disabled_time = now()")

    assert (await refusal(exchange(api, made.key))).reason == "API_KEY_INVALID"


@pytest.mark.asvs("8.3.2")
async def test_a_key_does_not_outlast_what_its_owner_may(
    api: Api, mallory: Browser, database: Database
):
    made = await create(mallory, scopes=["chat", "knowledge"])
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET role = 'guest', version = 2")

    said = claims((await exchange(api, made.key)).access_token.token)

    assert (said["scope"], said["ver"]) == ("chat", 2)


async def test_a_revoked_key_is_refused_within_a_second(api: Api, alice: Browser):
    made = await create(alice)
    await exchange(api, made.key)

    await revoke(alice, made.api_key.name)
    revoked = perf_counter()
    while True:
        asked = perf_counter()
        try:
            await exchange(api, made.key)
        except grpc.aio.AioRpcError:
            break
        assert asked - revoked < CACHED_SECONDS

    assert (await refusal(exchange(api, made.key))).reason == "API_KEY_INVALID"


@pytest.mark.asvs("7.2.2", "8.2.1")
async def test_a_key_manages_neither_the_account_nor_keys_nor_sessions(
    api: Api, alice: Browser
):
    made = await create(alice, scopes=["chat", "knowledge", "tools"])
    token = (await exchange(api, made.key)).access_token.token
    machine = Browser(api, token=token, user=alice.user)
    name, session = made.api_key.name, alice.session.name
    key = pb.ApiKey(display_name="another", scopes=["chat"])
    calls = [
        (api.accounts.GetUser, account_pb.GetUserRequest(name=alice.user)),
        (
            api.accounts.DeleteUser,
            account_pb.DeleteUserRequest(name=alice.user, password=alice.password),
        ),
        (
            api.api_keys.CreateApiKey,
            pb.CreateApiKeyRequest(parent=alice.user, api_key=key),
        ),
        (api.api_keys.ListApiKeys, pb.ListApiKeysRequest(parent=alice.user)),
        (api.api_keys.DeleteApiKey, pb.DeleteApiKeyRequest(name=name)),
        (api.sessions.ListSessions, session_pb.ListSessionsRequest(parent=alice.user)),
        (api.sessions.DeleteSession, session_pb.DeleteSessionRequest(name=session)),
        (
            api.sessions.ReauthenticateSession,
            session_pb.ReauthenticateSessionRequest(
                name=session, password=alice.password
            ),
        ),
        (
            api.devices.ApproveDeviceAuthorization,
            device_pb.ApproveDeviceAuthorizationRequest(user_code="WDJBMJHT"),
        ),
    ]

    answers = [
        await refusal(machine.call(method, request)) for method, request in calls
    ]

    assert {answer.reason for answer in answers} == {"PERMISSION_MISSING"}
    assert {answer.code for answer in answers} == {grpc.StatusCode.PERMISSION_DENIED}


@pytest.mark.asvs("7.2.2")
async def test_a_key_is_no_session_of_a_browser(api: Api, alice: Browser):
    made = await create(alice)
    token = (await exchange(api, made.key)).access_token.token

    for secret in (made.key, token):
        answer = await refusal(Browser(api, cookie=secret).refresh())
        assert answer.reason == "SESSION_ENDED"
    # Nor is the key itself an access token.
    machine = Browser(api, token=made.key, user=alice.user)
    assert (await refusal(machine.get_user())).reason == "UNAUTHENTICATED"


async def test_the_last_use_is_written_once_a_minute(
    api: Api, alice: Browser, database: Database, clock: Clock
):
    made = await create(alice)

    async def used_at(ahead: float):
        clock.ahead = timedelta(seconds=ahead)
        await anew(api, made.key)
        return await row(database, made.api_key.name, "last_use_time")

    first, same, later = await used_at(0), await used_at(30), await used_at(90)

    assert first == same
    assert later - first >= timedelta(minutes=1)
    assert first.tzinfo == UTC or first.utcoffset() == timedelta()


@pytest.mark.asvs("6.3.1")
async def test_guesses_are_counted_before_they_are_looked_at(
    api: Api, alice: Browser, database: Database
):
    made = await create(alice)
    await exchange(api, made.key, address="203.0.113.9")
    limit = LIMITS["key"].address

    for _ in range(limit // 100 + 1):
        guesses = [
            exchange(api, KeyText.make(uuid4()).text, address="203.0.113.9")
            for _ in range(100)
        ]
        answers = await asyncio.gather(*guesses, return_exceptions=True)
    exhausted = await refusal(
        exchange(api, KeyText.make(uuid4()).text, address="203.0.113.9")
    )

    assert all(isinstance(answer, grpc.aio.AioRpcError) for answer in answers)
    assert exhausted.reason == "TOO_MANY_ATTEMPTS"
    assert exhausted.retry_seconds
    # Who has been right before is not shut out by who guesses beside them.
    await anew(api, made.key, address="203.0.113.9")
    await exchange(api, (await create(alice)).key, address="198.51.100.7")


async def test_a_busy_program_does_not_shut_itself_out(
    api: Api, alice: Browser, clock: Clock
):
    made = await create(alice)

    for _ in range(LIMITS["key"].pair // 100 + 1):
        await asyncio.gather(
            *(exchange(api, made.key, address="203.0.113.9") for _ in range(100))
        )

    assert (await exchange(api, made.key)).access_token.token


async def test_typing_errors_are_no_guesses(api: Api, alice: Browser):
    made = await create(alice)
    mistyped = made.key[:-1] + ("0" if made.key[-1] != "0" else "1")

    for _ in range(LIMITS["key"].address // 100 + 1):
        wrong = (exchange(api, mistyped, address="203.0.113.9") for _ in range(100))
        await asyncio.gather(*wrong, return_exceptions=True)

    await exchange(api, made.key, address="203.0.113.9")


@pytest.mark.asvs("6.3.8")
async def test_an_unknown_key_takes_as_long_as_a_wrong_one(api: Api, alice: Browser):
    made = await create(alice)
    times: dict[str, list[float]] = {"unknown": [], "wrong": []}
    for number in range(200):
        text = KeyText.make(uuid4()).text if number % 2 else forged(made.key)
        began = perf_counter()
        await refusal(exchange(api, text))
        times["unknown" if number % 2 else "wrong"].append(perf_counter() - began)

    # What else the machine does only adds to them: the least say what each takes.
    unknown, wrong = (sorted(each)[10] for each in times.values())
    assert abs(unknown - wrong) < 0.25 * max(unknown, wrong)
