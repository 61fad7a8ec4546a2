"""DeviceService: a person signs a terminal in from a browser (RFC 8628)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest

from parley.auth.v1 import api_key_service_pb2 as key_pb
from parley.auth.v1 import device_service_pb2 as pb
from services.auth.attempts.model import LIMITS
from services.auth.devices.model import LETTERS
from services.auth.roles.model import MEMBER
from services.auth.sessions.model import Grant
from services.auth.sessions.tokens import AccessTokens
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.calls import refusal

State = pb.DeviceAuthorization
PAUSE = timedelta(seconds=5)


@pytest.fixture
async def database(database: Database) -> Database:
    """Auth's database, without terminals that ask."""
    async with database.transaction() as connection:
        await connection.execute("TRUNCATE device_authorizations")
    return database


@pytest.fixture
def terminal(api: Api) -> Browser:
    """What wants to be signed in, from some network."""
    return Browser(api, address="203.0.113.7")


async def begin(terminal: Browser, name: str = "parley on a laptop") -> Any:
    request = pb.BeginDeviceAuthorizationRequest(display_name=name)
    return await terminal.call(terminal.api.devices.BeginDeviceAuthorization, request)


async def poll(terminal: Browser, device_code: str) -> Browser:
    request = pb.PollDeviceAuthorizationRequest(device_code=device_code)
    method = terminal.api.devices.PollDeviceAuthorization
    answer = await terminal.call(method, request)
    terminal.user = answer.session.name.partition("/sessions/")[0]
    return terminal.keep(answer)


async def find(person: Browser, user_code: str) -> pb.DeviceAuthorization:
    request = pb.GetDeviceAuthorizationRequest(user_code=user_code)
    method = person.api.devices.GetDeviceAuthorization
    found: pb.DeviceAuthorization
    found = (await person.call(method, request)).device_authorization
    return found


async def approve(person: Browser, user_code: str) -> None:
    request = pb.ApproveDeviceAuthorizationRequest(user_code=user_code)
    await person.call(person.api.devices.ApproveDeviceAuthorization, request)


async def deny(person: Browser, user_code: str) -> None:
    request = pb.DenyDeviceAuthorizationRequest(user_code=user_code)
    await person.call(person.api.devices.DenyDeviceAuthorization, request)


async def test_a_terminal_is_signed_in_by_who_approves_it(
    alice: Browser, terminal: Browser, clock: Clock
):
    begun = await begin(terminal)
    clock.ahead += PAUSE
    pending = await refusal(poll(terminal, begun.device_code))
    shown = await find(alice, begun.user_code)
    await approve(alice, begun.user_code)
    clock.ahead += PAUSE
    await poll(terminal, begun.device_code)
    clock.ahead = timedelta()
    await terminal.refresh()

    assert (pending.reason, pending.code) == (
        "AUTHORIZATION_PENDING",
        grpc.StatusCode.FAILED_PRECONDITION,
    )
    assert (shown.display_name, shown.address, shown.state) == (
        "parley on a laptop",
        "203.0.113.7",
        State.STATE_PENDING,
    )
    assert {"chat", "knowledge", "tools"} <= set(shown.scopes)
    assert terminal.user == alice.user
    assert terminal.set_cookie
    assert terminal.set_cookie["samesite"] == "Strict"
    assert (await terminal.get_user()).name == alice.user


async def test_the_codes_are_as_people_and_machines_need_them(terminal: Browser):
    begun = await begin(terminal)

    first, _, second = begun.user_code.partition("-")
    assert (len(first), len(second)) == (4, 4)
    assert set(first + second) <= set(LETTERS)
    assert not set(LETTERS) & set("AEIOUY0123456789")
    assert len(begun.device_code) >= 43
    assert begun.verification_uri == "https://parley.example/device"
    # After the #, so that no server and no log sees it.
    assert begun.verification_uri_complete == (
        f"https://parley.example/device#{begun.user_code}"
    )
    assert begun.poll_interval.seconds == 5
    life = begun.expire_time.ToDatetime(UTC) - datetime.now(UTC)
    assert timedelta(minutes=9) < life <= timedelta(minutes=10)


@pytest.mark.asvs("11.4.1")
async def test_codes_are_kept_as_hashes_alone(terminal: Browser, database: Database):
    begun = await begin(terminal)

    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT device_authorizations::text FROM device_authorizations"
        )
        rows = str(await cursor.fetchall())
    assert "parley on a laptop" in rows
    assert begun.device_code not in rows
    assert begun.user_code.replace("-", "") not in rows


@pytest.mark.parametrize("typed", [str.lower, lambda c: c.replace("-", " "), str])
async def test_a_code_is_typed_as_one_likes(alice: Browser, terminal: Browser, typed):
    begun = await begin(terminal)

    assert (await find(alice, typed(begun.user_code))).state == State.STATE_PENDING


@pytest.mark.parametrize("code", ["WDJB", "x" * 10_000, "AEIO-UAEI", "\0", "BBBBBBBB"])
async def test_a_code_that_no_terminal_shows_is_refused(alice: Browser, code: str):
    for call in (find, approve, deny):
        assert (await refusal(call(alice, code))).reason == "DEVICE_NOT_FOUND"


@pytest.mark.asvs("10.4.2")
async def test_a_code_signs_in_once_also_when_it_is_raced(
    api: Api, alice: Browser, terminal: Browser, clock: Clock
):
    begun = await begin(terminal)
    await approve(alice, begun.user_code)
    clock.ahead += PAUSE

    racers = [Browser(api) for _ in range(50)]
    tries = (poll(racer, begun.device_code) for racer in racers)
    answers = await asyncio.gather(*tries, return_exceptions=True)
    clock.ahead += PAUSE
    late = await refusal(poll(terminal, begun.device_code))

    signed_in = [answer for answer in answers if isinstance(answer, Browser)]
    assert len(signed_in) == 1
    assert late.reason == "DEVICE_CODE_EXPIRED"
    assert (await find(alice, begun.user_code)).state == State.STATE_USED


async def test_of_decisions_at_once_one_holds(
    alice: Browser, mallory: Browser, terminal: Browser
):
    begun = await begin(terminal)

    tries = [approve(alice, begun.user_code), deny(mallory, begun.user_code)]
    answers = await asyncio.gather(*tries, return_exceptions=True)

    held = [each for each in answers if each is None]
    assert len(held) == 1
    state = (await find(alice, begun.user_code)).state
    won = State.STATE_APPROVED if answers[0] is None else State.STATE_DENIED
    assert state == won


@pytest.mark.asvs("10.4.3")
async def test_codes_end_after_ten_minutes(
    alice: Browser, terminal: Browser, clock: Clock
):
    late = await begin(terminal)
    approved = await begin(terminal)
    await approve(alice, approved.user_code)
    clock.ahead = timedelta(minutes=10)

    polled = await refusal(poll(terminal, late.device_code))
    after = await refusal(poll(terminal, approved.device_code))
    decided = await refusal(approve(alice, late.user_code))

    assert polled.reason == after.reason == decided.reason == "DEVICE_CODE_EXPIRED"
    assert (await find(alice, late.user_code)).state == State.STATE_EXPIRED


async def test_who_polls_too_often_has_to_wait_longer(
    alice: Browser, terminal: Browser, clock: Clock
):
    begun = await begin(terminal)
    await approve(alice, begun.user_code)

    early = await refusal(poll(terminal, begun.device_code))
    clock.ahead += PAUSE
    still = await refusal(poll(terminal, begun.device_code))
    clock.ahead += 3 * PAUSE
    await poll(terminal, begun.device_code)

    assert (early.reason, early.code) == (
        "SLOW_DOWN",
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    )
    assert (early.retry_seconds, still.retry_seconds) == (10, 15)


async def test_who_is_refused_is_not_signed_in(
    alice: Browser, terminal: Browser, clock: Clock
):
    begun = await begin(terminal)
    await deny(alice, begun.user_code)
    clock.ahead += PAUSE

    refused = await refusal(poll(terminal, begun.device_code))

    assert (refused.reason, refused.code) == (
        "ACCESS_DENIED",
        grpc.StatusCode.PERMISSION_DENIED,
    )
    assert terminal.set_cookie is None


async def test_what_was_decided_stays_decided(
    alice: Browser, mallory: Browser, terminal: Browser
):
    begun = await begin(terminal)
    await approve(alice, begun.user_code)

    await approve(alice, begun.user_code)
    others = [
        await refusal(approve(mallory, begun.user_code)),
        await refusal(deny(mallory, begun.user_code)),
        await refusal(deny(alice, begun.user_code)),
    ]

    assert {other.reason for other in others} == {"DEVICE_DECIDED"}
    assert (await find(alice, begun.user_code)).state == State.STATE_APPROVED


@pytest.mark.asvs("7.5.1", "10.7.1")
async def test_only_who_has_shown_lately_who_they_are_approves(
    alice: Browser, terminal: Browser, access_tokens: AccessTokens
):
    begun = await begin(terminal)
    now = datetime.now(UTC)
    grant = Grant(
        user_id=UUID(alice.user.removeprefix("users/")),
        session_id=uuid4(),
        scope=MEMBER,
        methods=["pwd"],
        auth_time=now - timedelta(minutes=11),
        version=1,
    )
    alice.token = access_tokens.issue(grant, now).token

    refused = await refusal(approve(alice, begun.user_code))
    stranger = await refusal(approve(Browser(alice.api), begun.user_code))

    assert refused.reason == "REAUTHENTICATION_REQUIRED"
    assert stranger.reason == "UNAUTHENTICATED"
    assert (await find(alice, begun.user_code)).state == State.STATE_PENDING


async def test_a_terminal_cannot_take_the_account_over(
    alice: Browser, terminal: Browser, clock: Clock
):
    """Who talks somebody into approving a code gets a session, and no more."""
    begun = await begin(terminal)
    await approve(alice, begun.user_code)
    clock.ahead += PAUSE
    await poll(terminal, begun.device_code)
    clock.ahead = timedelta()
    await terminal.refresh()
    another = await begin(terminal)

    made = key_pb.CreateApiKeyRequest(
        parent=alice.user,
        api_key=key_pb.ApiKey(display_name="x", scopes=["chat"]),
    )
    answers = [
        await refusal(terminal.call(terminal.api.api_keys.CreateApiKey, made)),
        await refusal(approve(terminal, another.user_code)),
    ]

    assert {answer.reason for answer in answers} == {"REAUTHENTICATION_REQUIRED"}


@pytest.mark.asvs("7.4.2")
async def test_a_disabled_user_signs_no_terminal_in(
    alice: Browser, terminal: Browser, clock: Clock, database: Database
):
    begun = await begin(terminal)
    await approve(alice, begun.user_code)
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET disabled_time = now()")
    clock.ahead += PAUSE

    refused = await refusal(poll(terminal, begun.device_code))

    assert refused.reason == "ACCESS_DENIED"


@pytest.mark.parametrize("code", ["", "x", "WDJB-MJHT", "x" * 100_000])
async def test_a_user_code_is_no_device_code(terminal: Browser, code: str):
    begun = await begin(terminal)

    wrong = await refusal(poll(terminal, code))
    public = await refusal(poll(terminal, begun.user_code))

    expected = "DEVICE_CODE_EXPIRED" if code else "INVALID_FIELD"
    assert (wrong.reason, public.reason) == (expected, "DEVICE_CODE_EXPIRED")


@pytest.mark.asvs("6.3.1", "6.6.3")
async def test_guesses_of_user_codes_are_counted(alice: Browser, terminal: Browser):
    begun = await begin(terminal)
    for _ in range(LIMITS["device"].pair):
        assert (await refusal(find(alice, "BCDF-GHJK"))).reason == "DEVICE_NOT_FOUND"

    for call in (find, approve, deny):
        refused = await refusal(call(alice, begun.user_code))
        assert refused.reason == "TOO_MANY_ATTEMPTS"


async def test_codes_are_not_handed_out_without_end(terminal: Browser):
    limit = LIMITS["device"].address
    for _ in range(limit // 50):
        await asyncio.gather(*(begin(terminal) for _ in range(50)))

    assert (await refusal(begin(terminal))).reason == "TOO_MANY_ATTEMPTS"


@pytest.mark.parametrize(
    "name", ["x" * 101, "a\nb", "a\x1b[2Jb", "a\u202eb", "a\u200bb"]
)
async def test_a_terminal_cannot_call_itself_what_misleads(
    terminal: Browser, name: str
):
    refused = await refusal(begin(terminal, name))

    assert (refused.reason, refused.metadata["field"]) == (
        "INVALID_FIELD",
        "display_name",
    )


async def test_who_asked_long_ago_is_forgotten(
    terminal: Browser, clock: Clock, database: Database
):
    for _ in range(3):
        await begin(terminal)
    clock.ahead = timedelta(hours=2)

    await begin(terminal)

    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT count(*) FROM device_authorizations")
        assert await cursor.fetchone() == (1,)
