"""DeviceService: what those try who want to be signed in as somebody else."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from parley.auth.v1 import api_key_service_pb2 as key_pb
from services.auth.attempts.model import LIMITS
from services.auth.roles.model import MEMBER
from services.auth.sessions.model import Grant
from services.auth.sessions.tokens import AccessTokens
from services.kit.postgres import Database
from tests.auth.browser import Browser
from tests.auth.conftest import Clock
from tests.auth.devices.terminals import PAUSE, State, approve, begin, deny, find, poll
from tests.calls import refusal


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
