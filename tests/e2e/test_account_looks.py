"""How the pages of the account look: wide and narrow, light and dark."""

from pathlib import Path

from playwright.async_api import ViewportSize, expect

from tests.e2e.account import (
    add_authenticator,
    dialog,
    forget_who_they_are,
    section,
    show_secret,
)
from tests.e2e.conftest import OpenParley
from tests.e2e.looks import Reach, Scheme, both_schemes, both_sizes, look
from tests.e2e.pages import Parley
from tests.stack import Stack


async def account_empty(parley: Parley) -> None:
    await parley.sign_up()
    await parley.open("/account")
    await expect(parley.page.get_by_text("You have no key.")).to_be_visible()
    await expect(section(parley, "Sessions").get_by_role("listitem")).to_be_visible()
    await expect(parley.page.get_by_text("None is set up here.")).to_be_visible()


async def authenticator(parley: Parley) -> None:
    await show_secret(parley)


async def recovery_codes(parley: Parley) -> None:
    await parley.press("Cancel")
    await add_authenticator(parley)


async def asking_for_a_key(parley: Parley) -> None:
    await parley.press("I have kept it")
    await parley.press("Make a key")


async def key(parley: Parley) -> None:
    await parley.page.get_by_label("What it is for").fill("A nightly job")
    await parley.press("Make the key")
    await expect(dialog(parley, "Your new key")).to_be_visible()


async def account_security(parley: Parley) -> None:
    await parley.press("I have kept it")
    await section(parley, "Security").scroll_into_view_if_needed()


async def account_sessions(parley: Parley) -> None:
    await section(parley, "API keys").scroll_into_view_if_needed()


@both_sizes
@both_schemes
async def test_account_pages(
    open_parley: OpenParley,
    stack: Stack,
    tmp_path: Path,
    size: ViewportSize,
    scheme: Scheme,
):
    async def account_profile(parley: Parley) -> None:
        await parley.page.evaluate("scrollTo(0, 0)")

    async def confirming(parley: Parley) -> None:
        await forget_who_they_are(stack)
        await parley.page.reload()
        await parley.press("Make new codes")
        await expect(dialog(parley, "Is it still you?")).to_be_visible()

    async def challenge(parley: Parley) -> None:
        email = await section(parley, "Profile").get_by_text("@").inner_text()
        await parley.press("Not now")
        # Away from pages that could renew the cookie.
        await parley.page.goto("about:blank")
        await parley.page.context.clear_cookies()
        await parley.open("/sign-in")
        await parley.sign_in(email)
        await expect(parley.page.get_by_label("Code", exact=True)).to_be_visible()

    way: list[Reach] = [
        account_empty,
        authenticator,
        recovery_codes,
        asking_for_a_key,
        key,
        account_security,
        account_sessions,
        account_profile,
        confirming,
        challenge,
    ]
    await look(open_parley, way, size=size, scheme=scheme, pictures=tmp_path)


async def sign_in(parley: Parley) -> None:
    await parley.open("/sign-in")
    await expect(parley.page.get_by_label("E-mail address")).to_be_visible()


async def reset(parley: Parley) -> None:
    await parley.page.get_by_role("link", name="Forgot your password?").click()
    await expect(
        parley.page.get_by_text("If the address has an account")
    ).to_be_visible()


@both_sizes
@both_schemes
async def test_ways_in(
    open_parley: OpenParley, tmp_path: Path, size: ViewportSize, scheme: Scheme
):
    way: list[Reach] = [sign_in, reset]
    await look(open_parley, way, size=size, scheme=scheme, pictures=tmp_path)
