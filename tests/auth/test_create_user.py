"""AccountService.CreateUser, called as a client calls it."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import grpc
import pytest

from parley.auth.v1 import account_service_pb2 as pb
from services.auth.sessions.model import IDLE
from services.kit.postgres import Database
from tests.auth.browser import PASSWORD, Api, Browser
from tests.auth.conftest import Clock, CountingHasher
from tests.calls import refusal


def request(
    email: str = "ada@example.com",
    password: str = PASSWORD,
    *,
    display_name: str = "",
    request_id: str = "",
) -> pb.CreateUserRequest:
    return pb.CreateUserRequest(
        user=pb.User(email=email, display_name=display_name),
        password=password,
        request_id=request_id,
    )


async def count(database: Database, table: str) -> int:
    async with database.transaction() as connection:
        cursor = await connection.execute(f"SELECT count(*) FROM {table}".encode())
        row = await cursor.fetchone()
    assert row
    return int(row[0])


async def test_signs_up_and_in(api: Api, clock: Clock):
    before = clock() - timedelta(seconds=1)

    answer = await api.accounts.CreateUser(request())

    kind, identifier = answer.user.name.split("/")
    assert (kind, UUID(identifier).version) == ("users", 4)
    assert answer.user.email == "ada@example.com"
    assert answer.user.display_name == "ada"
    assert before < answer.user.create_time.ToDatetime(before.tzinfo) <= clock()
    assert answer.session.name.startswith(f"{answer.user.name}/sessions/")
    lifetime = (
        answer.session.expire_time.ToDatetime()
        - answer.session.create_time.ToDatetime()
    )
    assert lifetime == IDLE
    assert answer.access_token.token.count(".") == 2


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3")
async def test_the_cookie_is_for_this_host_and_no_script(alice: Browser):
    cookie = alice.set_cookie

    assert cookie
    assert cookie.key == "__Host-parley_refresh"
    assert cookie["path"] == "/"
    assert (cookie["secure"], cookie["httponly"]) == (True, True)
    assert cookie["samesite"] == "Strict"
    assert cookie["domain"] == ""
    assert IDLE.total_seconds() - 5 <= int(cookie["max-age"]) <= IDLE.total_seconds()
    assert len(cookie.OutputString()) < 300


async def test_the_access_token_works_at_once(alice: Browser):
    assert (await alice.get_user()).email == alice.email


async def test_the_password_is_stored_as_argon2id_only(
    api: Api, database: Database, alice: Browser
):
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT users::text, password_hash FROM users"
        )
        row = await cursor.fetchone()

    assert row
    assert row[1].startswith("$argon2id$")
    assert PASSWORD not in row[0]


NORMALIZED = [
    ("Ada@EXAMPLE.com", "Ada@example.com"),
    ("ada@BÜCHER.example", "ada@bücher.example"),
    ("eve@xn--bcher-kva.example", "eve@bücher.example"),
    ("rene\u0301@example.com", "rené@example.com"),
    ("o'brien+parley@example.com", "o'brien+parley@example.com"),
]


async def test_an_address_is_stored_normalized(api: Api):
    for email, stored in NORMALIZED:
        answer = await api.accounts.CreateUser(request(email))

        assert answer.user.email == stored


THE_SAME = [
    ("ada@example.com", "ada@example.com"),
    ("ada@example.com", "ADA@Example.COM"),
    ("ren\u00e9@example.com", "RENE\u0301@example.com"),
    ("ada@xn--bcher-kva.example", "ada@BÜCHER.example"),
    ("ada@straße.example", "ada@xn--strae-oqa.example"),
]


async def test_an_address_has_one_account_whatever_its_case(
    api: Api, database: Database
):
    for first, second in THE_SAME:
        ada = await Browser(api, email=first).sign_up()

        refused = await refusal(api.accounts.CreateUser(request(second)))

        assert refused.code is grpc.StatusCode.ALREADY_EXISTS
        assert refused.reason == "EMAIL_TAKEN"
        assert await count(database, "users") == 1
        await ada.delete_user()


async def test_two_domains_that_only_look_alike_are_two(api: Api, database: Database):
    await api.accounts.CreateUser(request("ada@straße.example"))
    await api.accounts.CreateUser(request("ada@strasse.example"))

    assert await count(database, "users") == 2


async def test_twenty_who_want_one_address_are_one_user(api: Api, database: Database):
    calls = [api.accounts.CreateUser(request()) for _ in range(20)]

    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert sum(isinstance(answer, pb.CreateUserResponse) for answer in answers) == 1
    assert await count(database, "users") == 1
    assert await count(database, "sessions") == 1


WRONG = [
    (request(email=""), "user"),
    (request(email="", display_name="Ada"), "user.email"),
    (request(email="ada"), "user.email"),
    (request(email="ada@example.com\0"), "user.email"),
    (request(email="a" * 65 + "@example.com"), "user.email"),
    (request(email="a@" + "b" * 1_000_000 + ".com"), "user.email"),
    (request(password=""), "password"),
    (request(password="1234567"), "password"),
    (request(password="x" * 129), "password"),
    (request(password="x" * 1_000_000), "password"),
    (request(password="\u0323\u0302" * 170_000), "password"),
    (request(display_name="x" * 101), "user.display_name"),
    (request(display_name="Ada\0"), "user.display_name"),
    (request(display_name="Ada\r\nBcc: all"), "user.display_name"),
    (request(request_id="1"), "request_id"),
    (request(request_id="{" + str(uuid4()) + "}"), "request_id"),
]


async def test_a_wrong_field_is_named_and_nothing_is_stored(
    api: Api, database: Database, hasher: CountingHasher
):
    hashed = hasher.hashed

    for wrong, field in WRONG:
        refused = await refusal(api.accounts.CreateUser(wrong, timeout=10))

        assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
        assert refused.reason == "INVALID_FIELD"
        assert refused.metadata["field"] == field
    assert hasher.hashed == hashed
    assert await count(database, "users") == 0


async def test_a_display_name_is_kept(api: Api):
    answer = await api.accounts.CreateUser(request(display_name="  Ada 👩‍👧 "))

    assert answer.user.display_name == "Ada 👩‍👧"


async def test_a_retry_answers_with_the_same_user_and_a_session(
    api: Api, database: Database
):
    first = Browser(api)
    again = Browser(api, email=first.email)
    request_id = str(uuid4())

    await first.sign_up(request_id=request_id)
    await again.sign_up(request_id=request_id.upper())

    assert again.user == first.user
    assert await count(database, "users") == 1
    await first.refresh()
    await again.refresh()


async def test_a_retry_raced_twenty_times_makes_one_user(api: Api, database: Database):
    email, request_id = "ada@example.com", str(uuid4())
    racers = [Browser(api, email=email) for _ in range(20)]

    await asyncio.gather(*(ada.sign_up(request_id=request_id) for ada in racers))

    assert len({ada.user for ada in racers}) == 1
    assert len({ada.session.name for ada in racers}) == 20
    assert await count(database, "users") == 1


@pytest.mark.parametrize(
    "other",
    [
        {"email": "eve@example.com"},
        {"password": "another password"},
        {"display_name": "Eve"},
    ],
)
async def test_a_request_id_is_not_for_another_request(
    api: Api, database: Database, other: dict[str, str]
):
    request_id = str(uuid4())
    await api.accounts.CreateUser(request(request_id=request_id))

    refused = await refusal(
        api.accounts.CreateUser(request(**other, request_id=request_id))
    )

    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "REQUEST_ID_REUSED"
    assert await count(database, "users") == 1
    assert await count(database, "sessions") == 1


async def test_without_a_request_id_a_retry_is_refused(api: Api, alice: Browser):
    assert (await refusal(alice.sign_up())).reason == "EMAIL_TAKEN"


async def test_a_name_in_the_request_is_ignored(api: Api, alice: Browser):
    mine = pb.User(name=alice.user, email="eve@example.com")

    answer = await api.accounts.CreateUser(
        pb.CreateUserRequest(user=mine, password=PASSWORD)
    )

    assert answer.user.name != alice.user


async def test_signing_up_ends_the_session_that_the_browser_had(
    api: Api, database: Database, alice: Browser
):
    old = alice.cookie
    alice.email = "other@example.com"

    await alice.sign_up()

    assert await count(database, "sessions") == 1
    assert (await refusal(Browser(api, cookie=old).refresh())).reason == "SESSION_ENDED"
    await alice.refresh()
