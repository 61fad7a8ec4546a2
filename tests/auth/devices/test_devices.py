"""DeviceService: a person signs a terminal in from a browser (RFC 8628)."""

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.auth.devices.model import LETTERS
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.auth.devices.terminals import PAUSE, State, approve, begin, deny, find, poll
from tests.calls import refusal


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


@pytest.mark.asvs("6.5.1")
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
