"""Signing a terminal in, from the browser's side."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import ViewportSize, expect

import parley_client
from parley_client import DeviceSignIn, ParleyError
from services.auth.sessions.model import ABSOLUTE, IDLE
from tests.e2e.account import forget_who_they_are
from tests.e2e.conftest import OpenParley
from tests.e2e.looks import Scheme, both_schemes, both_sizes, look
from tests.e2e.pages import PASSWORD, Parley
from tests.stack import Stack


@pytest.fixture
async def terminal(stack: Stack) -> AsyncIterator[DeviceSignIn]:
    """A terminal that asks to be signed in."""
    async with parley_client.connect(stack.url) as terminal:
        yield await terminal.sign_in_with_browser("parley on a laptop")


def path_of(terminal: DeviceSignIn) -> str:
    return "/device#" + terminal.user_code


async def test_a_terminal_is_let_in(parley: Parley, terminal: DeviceSignIn):
    await parley.sign_up()
    await parley.open(path_of(terminal))
    waiting = asyncio.create_task(terminal.approved())

    await expect(parley.page.get_by_label("Code")).to_have_value(terminal.user_code)
    await parley.press("Continue")
    await expect(parley.page.get_by_text("parley on a laptop")).to_be_visible()
    await parley.press("Sign it in")

    await expect(parley.page.get_by_role("heading", name="Signed in")).to_be_visible()
    await waiting


@pytest.mark.asvs("10.7.2")
async def test_it_is_said_who_asks_for_what_and_for_how_long(
    parley: Parley, terminal: DeviceSignIn
):
    await parley.sign_up()
    await parley.open(path_of(terminal))
    await parley.press("Continue")

    asks = parley.page.get_by_role("main")
    await expect(asks.get_by_text("parley on a laptop")).to_be_visible()
    await expect(asks.get_by_text(terminal.user_code)).to_be_visible()
    await expect(asks.get_by_text("127.0.0.1")).to_be_visible()
    rights = asks.get_by_role("listitem")
    await expect(rights.filter(has_text="your conversations")).to_be_visible()
    await expect(rights.filter(has_text="your documents")).to_be_visible()
    await expect(rights.filter(has_text="see your account")).to_be_visible()
    for days in (IDLE, ABSOLUTE):
        await expect(asks.get_by_text(f"{days.days} days")).to_be_visible()


async def test_a_terminal_is_refused(parley: Parley, terminal: DeviceSignIn):
    await parley.sign_up()
    await parley.open("/device")
    await parley.page.get_by_label("Code").fill(terminal.user_code.lower())
    await parley.press("Continue")
    await parley.press("Refuse")

    await expect(parley.page.get_by_role("heading", name="Refused")).to_be_visible()
    with pytest.raises(ParleyError) as refused:
        await terminal.approved()
    assert refused.value.reason == "ACCESS_DENIED"
    # Whoever comes again is told what became of it.
    await parley.page.get_by_role("button", name="Enter another code").click()
    await parley.page.get_by_label("Code").fill(terminal.user_code)
    await parley.press("Continue")
    await expect(parley.page.get_by_role("heading", name="Refused")).to_be_visible()


async def test_who_is_not_signed_in_comes_back_with_the_code(
    parley: Parley, terminal: DeviceSignIn
):
    email = await parley.sign_up()
    await parley.sign_out()
    await parley.page.wait_for_url("**/sign-in")

    await parley.open(path_of(terminal))
    await parley.page.wait_for_url("**/sign-in?to=*")
    await parley.sign_in(email)

    await expect(parley.page.get_by_label("Code")).to_have_value(terminal.user_code)
    await parley.press("Continue")
    await expect(parley.page.get_by_text("parley on a laptop")).to_be_visible()


async def test_a_code_that_is_wrong_is_said_at_its_field(parley: Parley):
    await parley.sign_up()
    await parley.open("/device")
    field = parley.page.get_by_label("Code")

    await field.fill("bcdf")
    await parley.press("Continue")
    await expect(field).to_have_accessible_description("A code has eight letters.")
    await field.fill("bcdfghjk")
    await parley.press("Continue")

    await expect(field).to_have_value("BCDF-GHJK")
    await expect(field).to_have_accessible_description(
        "No terminal shows this code. Look at it once more."
    )


@pytest.mark.asvs("7.5.1")
async def test_who_was_away_for_long_shows_once_more_who_they_are(
    stack: Stack, parley: Parley, terminal: DeviceSignIn
):
    await parley.sign_up()
    await forget_who_they_are(stack)
    await parley.open(path_of(terminal))
    waiting = asyncio.create_task(terminal.approved())
    await parley.press("Continue")
    await parley.press("Sign it in")
    asked = parley.page.get_by_role("dialog", name="Is it still you?")
    password = asked.get_by_label("Your password")

    await password.fill("not the password")
    await asked.get_by_role("button", name="Go on").click()
    await expect(password).to_have_accessible_description(
        "The password or the code is not right."
    )
    await password.fill(PASSWORD)
    await asked.get_by_role("button", name="Go on").click()

    await expect(parley.page.get_by_role("heading", name="Signed in")).to_be_visible()
    await waiting


@both_sizes
@both_schemes
async def test_the_pages_fit_and_keep_nobody_out(
    open_parley: OpenParley,
    terminal: DeviceSignIn,
    tmp_path: Path,
    size: ViewportSize,
    scheme: Scheme,
):
    async def device_code(parley: Parley) -> None:
        await parley.sign_up()
        await parley.open(path_of(terminal))
        await expect(parley.page.get_by_label("Code")).to_have_value(terminal.user_code)

    async def device_asks(parley: Parley) -> None:
        await parley.press("Continue")
        await expect(parley.page.get_by_text("parley on a laptop")).to_be_visible()

    async def device_in(parley: Parley) -> None:
        await parley.press("Sign it in")
        await expect(
            parley.page.get_by_role("heading", name="Signed in")
        ).to_be_visible()

    way = [device_code, device_asks, device_in]
    await look(open_parley, way, size=size, scheme=scheme, pictures=tmp_path)
