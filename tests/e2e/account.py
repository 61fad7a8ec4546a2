"""What a person sees of their account, and what they do there."""

import time
from typing import LiteralString

import psycopg
import pyotp
from playwright.async_api import Locator, expect

from deploy.local import postgres
from deploy.local.state import State
from tests.e2e.pages import PASSWORD, Parley
from tests.e2e.passkeys import AUTHENTICATOR
from tests.stack import Stack


async def open_account(parley: Parley) -> None:
    """Go to the account of who is signed in."""
    await parley.open_account_menu()
    await parley.page.get_by_role("link", name="Account", exact=True).click()
    await expect(
        parley.page.get_by_role("heading", name="Account", level=1)
    ).to_be_visible()


def section(parley: Parley, name: str) -> Locator:
    """Return one section of the page."""
    return parley.page.get_by_role("region", name=name, exact=True)


def dialog(parley: Parley, name: str) -> Locator:
    """Return a dialog."""
    return parley.page.get_by_role("dialog", name=name, exact=True)


async def show_secret(parley: Parley) -> str:
    """Ask for an authenticator, and return what its picture says."""
    await parley.press("Add an authenticator")
    asking = dialog(parley, "Add an authenticator")
    await expect(asking.get_by_alt_text("The secret, as a QR code")).to_be_visible()
    return await asking.get_by_role("code").inner_text()


async def add_authenticator(parley: Parley) -> tuple[pyotp.TOTP, list[str]]:
    """Add the first authenticator; return it and the recovery codes that are shown."""
    authenticator = pyotp.TOTP(await show_secret(parley))
    digits = parley.page.get_by_label("Six digits")
    await digits.fill("12345")
    await parley.press("Add it")
    await expect(digits).to_have_accessible_description(
        "That is not the code. Wait for the next one."
    )
    await digits.fill(authenticator.now())
    await parley.press("Add it")
    codes = dialog(parley, "Recovery codes").get_by_role("listitem")
    await expect(codes.first).to_be_visible()
    return authenticator, await codes.all_inner_texts()


def next_code(authenticator: pyotp.TOTP) -> str:
    """Return the code to come, which nobody has used and which is taken already."""
    return authenticator.at(time.time(), counter_offset=1)


async def give_authenticator(parley: Parley) -> None:
    """Give the browser a place for passkeys."""
    devtools = await parley.page.context.new_cdp_session(parley.page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


async def change_accounts(stack: Stack, sql: LiteralString, *values: str) -> None:
    """Change what no page does, in the database of auth."""
    state = State.of(stack.environment)
    sockets = postgres.folders(state)[1]
    password = state.secret("postgres-auth").read_text()
    url = postgres.url(sockets, "auth", password, postgres.DATABASE)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(sql, values)


async def forget_who_they_are(stack: Stack) -> None:
    """Have it be long ago that anybody showed who they are."""
    await change_accounts(stack, "UPDATE sessions SET auth_time = to_timestamp(0)")


async def make_key(parley: Parley) -> None:
    """Ask for an API key, which takes having shown lately who one is."""
    await parley.press("Make a key")
    await parley.page.get_by_label("What it is for").fill("A nightly job")
    await parley.press("Make the key")


async def confirm_who(parley: Parley) -> None:
    """Answer the question whether it is still the same person."""
    asking = dialog(parley, "Is it still you?")
    await asking.get_by_label("Your password").fill(PASSWORD)
    await asking.get_by_role("button", name="Go on").click()
