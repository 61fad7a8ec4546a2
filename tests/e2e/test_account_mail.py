"""What takes a code that comes by mail, in the browser."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from deploy.local.mailbox import port_of, wait_for_code
from deploy.local.state import State
from tests.e2e.account import open_account, section
from tests.e2e.pages import PASSWORD, Parley
from tests.stack import Stack, running

NEW_PASSWORD = "another sentence of mine"


@pytest.fixture(scope="module")
async def mailing() -> AsyncIterator[Stack]:
    async with running(AUTH_SMTP_URL="") as stack:
        yield stack


@pytest.fixture
async def visitor(mailing: Stack, browser: Browser) -> AsyncIterator[Parley]:
    """Somebody before a Parley that sends mail."""
    context = await browser.new_context()
    parley = Parley(await context.new_page(), mailing.url)
    parley.listen()
    yield parley
    await context.close()
    assert parley.complaints == []


async def code_to(mailing: Stack, email: str) -> str:
    """Return the code that comes to an address."""
    port = port_of(State.of(mailing.environment))
    return await asyncio.to_thread(wait_for_code, port, email)


async def ask_for_account(parley: Parley) -> str:
    """Fill in the sign-up page, and return the address that a code goes to."""
    email = f"{uuid4().hex}@parley.example"
    await parley.open("/sign-up")
    await parley.fill_credentials(email, PASSWORD)
    await parley.press("Create account")
    await expect(parley.page.get_by_label("Code from the mail")).to_be_visible()
    return email


async def sign_up(parley: Parley, mailing: Stack) -> str:
    """Sign up with the code that comes, and return the address."""
    email = await ask_for_account(parley)
    code = await code_to(mailing, email)
    await parley.page.get_by_label("Code from the mail").fill(code)
    await parley.press("Create account")
    await expect(parley.composer).to_be_visible()
    return email


async def test_an_account_is_made_with_the_code_that_comes(
    visitor: Parley, mailing: Stack
):
    email = await ask_for_account(visitor)
    code = visitor.page.get_by_label("Code from the mail")
    right = await code_to(mailing, email)
    await code.fill("0" * 8 if right[0] != "0" else "1" * 8)
    await visitor.press("Create account")
    await expect(code).to_have_accessible_description("That is not the code.")

    await visitor.press("Send it once more")
    await expect(
        visitor.page.get_by_role("button", name="Sent once more")
    ).to_be_visible()
    await code.fill(await code_to(mailing, email))
    await visitor.press("Create account")

    await expect(visitor.composer).to_be_visible()
    await open_account(visitor)
    profile = section(visitor, "Profile")
    await expect(profile.get_by_text("verified", exact=True)).to_be_visible()


async def test_a_forgotten_password_is_set_anew(visitor: Parley, mailing: Stack):
    email = await sign_up(visitor, mailing)
    await visitor.sign_out()
    await visitor.page.wait_for_url("**/sign-in")

    await visitor.page.get_by_role("link", name="Forgot your password?").click()
    await visitor.page.wait_for_url("**/reset")
    await visitor.page.get_by_label("E-mail address").fill(email)
    await visitor.press("Send me a code")
    code = await code_to(mailing, email)
    await visitor.page.get_by_label("Code from the mail").fill(code)
    await visitor.page.get_by_label("New password").fill(NEW_PASSWORD)
    await visitor.press("Set the password")

    await visitor.page.wait_for_url("**/sign-in*")
    await expect(visitor.page.get_by_role("status")).to_have_text(
        "Your new password is set, and you are signed out everywhere. Sign in with it."
    )
    await visitor.sign_in(email, NEW_PASSWORD)
    await expect(visitor.composer).to_be_visible()


async def test_another_address_is_taken_with_the_code_that_comes(
    visitor: Parley, mailing: Stack
):
    await sign_up(visitor, mailing)
    email = f"{uuid4().hex}@parley.example"
    await open_account(visitor)

    await visitor.press("Change your e-mail address")
    await visitor.page.get_by_label("New e-mail address").fill(email)
    await visitor.press("Send the code")
    code = await code_to(mailing, email)
    await visitor.page.get_by_label("Code from the mail").fill(code)
    await visitor.press("Change the address")

    await expect(section(visitor, "Profile").get_by_text(email)).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_that_ask_for_a_code_fit(
    mailing: Stack, browser: Browser, tmp_path: Path, width: int, scheme: str
):
    shots = Path(os.environ.get("PARLEY_SCREENSHOTS", tmp_path))
    context = await browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    parley = Parley(await context.new_page(), mailing.url)

    await ask_for_account(parley)
    await parley.picture(shots / f"sign_up_code-{width}-{scheme}.png")
    assert await parley.width() == width
    assert await parley.barriers() == []
    await parley.open("/reset")
    await parley.page.get_by_label("E-mail address").fill("who@parley.example")
    await parley.press("Send me a code")
    await expect(parley.page.get_by_label("New password")).to_be_visible()
    await parley.picture(shots / f"reset_code-{width}-{scheme}.png")
    assert await parley.width() == width
    assert await parley.barriers() == []
    await parley.open("/sign-in?reset")
    await expect(parley.page.get_by_text("Your new password is set")).to_be_visible()
    await parley.picture(shots / f"sign_in_reset-{width}-{scheme}.png")
    assert await parley.width() == width
    assert await parley.barriers() == []
    await context.close()
