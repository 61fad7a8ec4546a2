"""AccountService.GetUser, called as a client calls it."""

import asyncio
from uuid import uuid4

import grpc
import pytest

from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.calls import refusal


async def test_shows_the_caller(alice: Browser):
    user = await alice.get_user()

    assert (user.name, user.email) == (alice.user, alice.email)
    assert user.display_name == alice.email.partition("@")[0]
    assert user.HasField("create_time")
    assert user.has_password


async def test_says_who_has_no_password(alice: Browser, database: Database):
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET password_hash = NULL")

    assert not (await alice.get_user()).has_password


@pytest.mark.asvs("8.2.2")
async def test_another_user_is_forbidden_whether_there_is_one_or_not(
    alice: Browser, mallory: Browser
):
    there = await refusal(mallory.get_user(alice.user))
    absent = await refusal(mallory.get_user(f"users/{uuid4()}"))

    assert there == absent
    assert there.code is grpc.StatusCode.PERMISSION_DENIED
    assert there.reason == "FORBIDDEN"
    assert there.metadata == {}


async def test_without_a_token_nothing_is_said(alice: Browser, stranger: Browser):
    refused = await refusal(stranger.get_user(alice.user))

    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    assert refused.reason == "UNAUTHENTICATED"


MALFORMED = [
    "users/",
    "users/-",
    "users/me",
    "user/6f1d4e0e-5f0f-4b0a-9c0f-0d6a5a0f9a11",
    "users/6f1d4e0e5f0f4b0a9c0f0d6a5a0f9a11",
    "users/6f1d4e0e-5f0f-4b0a-9c0f-0d6a5a0f9a11/",
    "users/6f1d4e0e-5f0f-4b0a-9c0f-0d6a5a0f9a11/sessions/x",
    "/users/6f1d4e0e-5f0f-4b0a-9c0f-0d6a5a0f9a11",
    "users/' OR 1=1 --",
    "users/\0",
    "u" * 100_000,
]


async def test_a_malformed_name_is_refused(alice: Browser):
    for name in MALFORMED:
        refused = await refusal(alice.get_user(name))

        assert refused.code is grpc.StatusCode.INVALID_ARGUMENT, name
        assert refused.reason == "INVALID_NAME", name


async def test_a_user_who_has_left_is_not_found(alice: Browser):
    await alice.delete_user()

    refused = await refusal(alice.get_user())

    # Refused already as the token's, once the service has heard that it is revoked.
    assert (refused.code, refused.reason) in {
        (grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND"),
        (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"),
    }


async def test_who_comes_first_owns_the_installation_and_others_do_not(api: Api):
    people = await asyncio.gather(*(Browser(api).sign_up() for _ in range(10)))

    roles = [(await person.get_user()).role for person in people]

    assert sorted(roles) == [*["member"] * 9, "owner"]


async def test_who_tries_the_system_out_does_not_own_it(api: Api):
    proof = await Browser(api, "proof-1@parley.example").sign_up()
    person = await Browser(api).sign_up()

    assert (await proof.get_user()).role == "member"
    assert (await person.get_user()).role == "owner"
    await proof.delete_user()
