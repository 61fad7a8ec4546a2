"""ApiKeyService: keys are made, listed, renamed and revoked by their owner alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parley.auth.v1 import api_key_service_pb2 as pb
from services.auth.api_keys.model import MAX_KEYS
from services.auth.roles.model import GUEST, MEMBER
from services.auth.sessions.model import Grant
from services.auth.sessions.tokens import AccessTokens
from services.kit.postgres import Database
from tests.auth.api_keys.keys import (
    create,
    exchange,
    is_refused,
    listed,
    revoke,
    row,
)
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.calls import refusal


def token_of(
    browser: Browser,
    access_tokens: AccessTokens,
    *,
    scope: frozenset[str] = MEMBER,
    age: timedelta = timedelta(),
) -> str:
    """Sign another access token for somebody's session."""
    now = datetime.now(UTC)
    grant = Grant(
        user_id=UUID(browser.user.removeprefix("users/")),
        session_id=uuid4(),
        scope=scope,
        methods=["pwd"],
        auth_time=now - age,
        version=1,
    )
    return access_tokens.issue(grant, now).token


def stamp(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found


async def test_a_key_is_shown_once_and_kept_as_a_hash(alice: Browser, database):
    made = await create(alice, display_name="  nightly report ")

    assert made.key.startswith(made.api_key.prefix)
    assert made.api_key.name.startswith(f"{alice.user}/apiKeys/")
    assert made.api_key.display_name == "nightly report"
    assert made.api_key.scopes == ["chat", "tools"]
    assert not made.api_key.HasField("last_use_time")
    secret = made.key[len("parley_") + 22 : -6]
    kept = await row(database, made.api_key.name, "secret_hash")
    assert kept == sha256(secret.encode()).digest()
    whole = await row(database, made.api_key.name, "api_keys::text")
    assert secret not in whole
    found = await listed(alice)
    assert found.api_keys == [made.api_key]
    assert secret not in str(found)


async def test_a_key_ends_after_ninety_days_unless_its_owner_says_otherwise(
    alice: Browser, clock: Clock
):
    by_itself = await create(alice)
    wanted = clock() + timedelta(days=366) - timedelta(minutes=1)
    longest = await create(alice, expire_time=stamp(wanted))

    life = by_itself.api_key.expire_time.ToDatetime(UTC) - clock()
    assert timedelta(days=89, hours=23) < life <= timedelta(days=90)
    assert longest.api_key.expire_time.ToDatetime(UTC) == wanted


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("api_key.display_name", {"display_name": " "}),
        ("api_key.display_name", {"display_name": "x" * 101}),
        ("api_key.display_name", {"display_name": "a\nb"}),
        ("api_key.scopes", {"scopes": []}),
        ("api_key.scopes", {"scopes": ["everything"]}),
        ("api_key.scopes", {"scopes": ["chat", "account"]}),
        ("api_key.scopes", {"scopes": ["api_keys"]}),
        ("api_key.scopes", {"scopes": ["users_read"]}),
        ("api_key.scopes", {"scopes": ["chat tools"]}),
        ("api_key.expire_time", {"expire_time": Timestamp(seconds=1)}),
        (
            "api_key.expire_time",
            {"expire_time": stamp(datetime.now(UTC) + timedelta(days=367))},
        ),
    ],
)
async def test_what_no_key_may_be_is_refused(alice: Browser, field: str, wanted):
    refused = await refusal(create(alice, **wanted))

    assert (refused.reason, refused.metadata["field"]) == ("INVALID_FIELD", field)
    assert not (await listed(alice)).api_keys


@pytest.mark.asvs("8.2.1")
async def test_a_key_may_not_do_more_than_who_makes_it(
    alice: Browser, access_tokens: AccessTokens
):
    guest = (GUEST | {"api_keys"}) - {"knowledge"}
    alice.token = token_of(alice, access_tokens, scope=guest)

    refused = await refusal(create(alice, scopes=["chat", "knowledge"]))

    assert refused.metadata["field"] == "api_key.scopes"


@pytest.mark.asvs("8.2.1", "8.2.2")
async def test_whose_a_key_is_the_token_alone_says(
    api: Api, alice: Browser, mallory: Browser
):
    """CVE-2025-61928: a user's ID in the body made somebody else's key."""
    request = pb.CreateApiKeyRequest(
        parent=alice.user,
        api_key=pb.ApiKey(
            name=f"{alice.user}/apiKeys/{uuid4()}", display_name="x", scopes=["chat"]
        ),
    )

    by_another = await refusal(mallory.call(api.api_keys.CreateApiKey, request))
    by_nobody = await refusal(Browser(api).call(api.api_keys.CreateApiKey, request))
    request.parent = mallory.user
    own = await mallory.call(api.api_keys.CreateApiKey, request)

    assert by_another.reason == "FORBIDDEN"
    assert by_nobody.reason == "UNAUTHENTICATED"
    assert not (await listed(alice)).api_keys
    assert own.api_key.name.startswith(mallory.user)
    exchanged = await exchange(api, own.key)
    assert exchanged.api_key.name == own.api_key.name


@pytest.mark.asvs("8.2.2")
async def test_nobody_sees_renames_or_revokes_what_is_anothers(
    api: Api, alice: Browser, mallory: Browser
):
    made = await create(alice)
    name = made.api_key.name
    claimed = name.replace(alice.user, mallory.user)

    answers = [
        await refusal(
            mallory.call(
                api.api_keys.ListApiKeys, pb.ListApiKeysRequest(parent=alice.user)
            )
        ),
        await refusal(revoke(mallory, name)),
        await refusal(rename(mallory, name, "mine")),
        await refusal(rename(mallory, claimed, "mine")),
    ]
    await revoke(mallory, claimed)

    reasons = [answer.reason for answer in answers]
    assert reasons == ["FORBIDDEN"] * 3 + ["API_KEY_NOT_FOUND"]
    assert (await listed(alice)).api_keys == [made.api_key]
    await exchange(api, made.key)


async def rename(
    owner: Browser, name: str, display_name: str, *paths: str
) -> pb.ApiKey:
    request = pb.UpdateApiKeyRequest(
        api_key=pb.ApiKey(name=name, display_name=display_name, scopes=["knowledge"])
    )
    request.update_mask.paths.extend(paths)
    answer = await owner.call(owner.api.api_keys.UpdateApiKey, request)
    found: pb.ApiKey = answer.api_key
    return found


async def test_a_key_is_renamed_and_nothing_else_of_it_changes(alice: Browser):
    made = (await create(alice)).api_key

    renamed = await rename(alice, made.name, "weekly report")
    other = await refusal(rename(alice, made.name, "x", "scopes"))
    empty = await refusal(rename(alice, made.name, "", "display_name"))

    made.display_name = "weekly report"
    assert renamed == made
    assert other.metadata["field"] == "update_mask"
    assert empty.metadata["field"] == "api_key.display_name"


@pytest.mark.asvs("7.5.1")
async def test_a_key_is_made_only_by_who_has_shown_lately_who_they_are(
    alice: Browser, access_tokens: AccessTokens
):
    alice.token = token_of(alice, access_tokens, age=timedelta(minutes=11))

    refused = await refusal(create(alice))

    assert refused.reason == "REAUTHENTICATION_REQUIRED"
    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert not (await listed(alice)).api_keys


async def test_a_retry_finds_the_key_and_gives_it_a_new_secret(
    api: Api, alice: Browser
):
    id = str(uuid4())

    lost = await create(alice, request_id=id)
    made = await create(alice, request_id=id)

    assert made.api_key == lost.api_key
    assert (await listed(alice)).api_keys == [made.api_key]
    assert (await exchange(api, made.key)).api_key.name == made.api_key.name
    assert (await refusal(exchange(api, lost.key))).reason == "API_KEY_INVALID"


async def test_a_retry_takes_no_secret_from_a_key_in_use(api: Api, alice: Browser):
    id = str(uuid4())
    made = await create(alice, request_id=id)
    await exchange(api, made.key)

    used = await refusal(create(alice, request_id=id))
    other = await refusal(create(alice, request_id=id, scopes=["chat"]))

    assert used.reason == other.reason == "REQUEST_ID_REUSED"
    await exchange(api, made.key)


async def test_fifty_tries_at_once_make_one_key(api: Api, alice: Browser):
    id = str(uuid4())

    made = await asyncio.gather(*(create(alice, request_id=id) for _ in range(50)))

    assert len({each.api_key.name for each in made}) == 1
    assert len((await listed(alice)).api_keys) == 1
    good = [each for each in made if not await is_refused(exchange(api, each.key))]
    assert len(good) == 1


async def test_a_user_has_so_many_keys_and_no_more(alice: Browser, database: Database):
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO api_keys (id, user_id, display_name, secret_hash, scopes,"
            " create_time, expire_time) SELECT gen_random_uuid(), users.id, 'x', '',"
            " '{chat}', now(), now() FROM users, generate_series(1, %s)",
            [MAX_KEYS - 5],
        )

    made = await asyncio.gather(
        *(create(alice) for _ in range(50)), return_exceptions=True
    )

    refused = [each for each in made if isinstance(each, grpc.aio.AioRpcError)]
    assert len(refused) == 45
    answer = await refusal(create(alice))
    assert (answer.reason, answer.metadata) == (
        "TOO_MANY_API_KEYS",
        {"maximum": str(MAX_KEYS)},
    )


async def test_keys_are_listed_in_pages_that_stay_right(alice: Browser):
    made = [(await create(alice)).api_key.name for _ in range(5)]

    first = await listed(alice, page_size=2)
    await revoke(alice, first.api_keys[-1].name)
    second = await listed(alice, page_size=2, page_token=first.next_page_token)
    last = await listed(alice, page_size=2, page_token=second.next_page_token)

    pages = [first, second, last]
    assert [key.name for page in pages for key in page.api_keys] == made[::-1]
    assert not last.next_page_token


async def test_keys_go_with_their_owner(api: Api, alice: Browser):
    made = await create(alice)

    await alice.delete_user()

    assert (await refusal(exchange(api, made.key))).reason == "API_KEY_INVALID"
