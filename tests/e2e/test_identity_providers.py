"""A person signs in by an identity provider that others wrote, in a real browser."""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from deploy.local.ports import free_port
from tests.doubles.oidc.running import SECRET, serving
from tests.e2e.account import forget_who_they_are, section
from tests.e2e.administration import sign_up_as
from tests.e2e.pages import Parley
from tests.stack import Stack, running

PROVIDERS = """
providers:
- id: issuer
  kind: oidc
  display_name: The issuer
  issuer: ISSUED
  client_id: parley
  client_secret: AUTH_ISSUER_SECRET
  trust_email: true
  sign_up: true
- {id: google, kind: google, client_id: parley, client_secret: AUTH_ISSUER_SECRET}
- {id: github, kind: github, client_id: parley, client_secret: AUTH_ISSUER_SECRET}
"""


@dataclass(frozen=True)
class Providing:
    """A Parley with identity providers, and one of them."""

    stack: Stack
    issuer: str


@pytest.fixture(scope="module")
async def providing(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Providing]:
    port = free_port()
    async with serving(f"http://localhost:{port}/sign-in/callback") as issuer:
        file = tmp_path_factory.mktemp("providers") / "providers.yaml"
        file.write_text(PROVIDERS.replace("ISSUED", issuer))
        async with running(
            PARLEY_PORT=str(port),
            AUTH_IDENTITY_PROVIDERS_FILE=str(file),
            AUTH_ISSUER_SECRET=SECRET,
        ) as stack:
            yield Providing(stack, issuer)


@pytest.fixture
async def visitor(providing: Providing, browser: Browser) -> AsyncIterator[Parley]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    parley = Parley(await context.new_page(), providing.stack.url)
    parley.listen()
    yield parley
    await context.close()
    assert [each for each in parley.complaints if providing.issuer not in each] == []


async def say_there(parley: Parley, who: str) -> None:
    """Tell the issuer, which asks, who one is."""
    await parley.page.get_by_placeholder("Enter any login").fill(who)
    await parley.page.get_by_placeholder("and password").fill("any")
    await parley.page.get_by_role("button", name="Sign-in").click()


async def sign_in_there(parley: Parley, who: str) -> None:
    """Press the button, and do at the issuer what it asks for."""
    await parley.page.get_by_role("button", name="Continue with The issuer").click()
    await say_there(parley, who)
    await parley.page.get_by_role("button", name="Continue").click()


@pytest.mark.asvs("10.1.2", "10.2.1", "10.5.1", "14.2.1")
async def test_one_signs_in_by_a_provider_and_nothing_stays_in_the_address(
    visitor: Parley,
):
    await visitor.open("/sign-in?to=%2Fsettings")
    await sign_in_there(visitor, "ada")

    await expect(visitor.page).to_have_url(visitor.url + "/settings")
    await visitor.open("/chat")
    await expect(visitor.composer).to_be_visible()
    await visitor.open_account_menu()
    await expect(visitor.page.get_by_text("ada@oidc.example")).to_be_visible()
    cookies = {each["name"]: each for each in await visitor.page.context.cookies()}
    bound = cookies["__Host-parley_identity"]
    assert (bound["httpOnly"], bound["secure"], bound["sameSite"]) == (
        True,
        True,
        "Lax",
    )


@pytest.mark.asvs("7.6.2")
async def test_nobody_is_signed_in_who_did_not_press_the_button(
    visitor: Parley, providing: Providing
):
    await visitor.open("/sign-in")
    await sign_in_there(visitor, "ada")
    await expect(visitor.composer).to_be_visible()
    await visitor.sign_out()
    await visitor.page.wait_for_url("**/sign-in")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))

    # The provider would let them in without a word.
    for path in ("/chat", "/account", "/sign-in?to=%2Fchat"):
        await visitor.open(path)
        await expect(
            visitor.page.get_by_role("button", name="Continue with The issuer")
        ).to_be_visible()

    assert [url for url in asked if url.startswith(providing.issuer)] == []
    assert not [url for url in asked if url.endswith(("BeginSignIn", "FinishSignIn"))]


@pytest.mark.asvs("7.6.2")
@pytest.mark.asvs("10.1.2", "10.2.1", "3.5.1")
async def test_a_link_back_from_elsewhere_signs_nobody_in(visitor: Parley):
    state, code = "s" + "A" * 43, "x"

    await visitor.open(f"/sign-in/callback?state={state}&code={code}")

    await expect(visitor.page.get_by_text("begun in another browser")).to_be_visible()
    assert visitor.page.url == f"{visitor.url}/sign-in/callback"
    assert code not in json.dumps(await visitor.page.evaluate("history.state"))


async def open_identities_long_after(parley: Parley, who: str, stack: Stack) -> None:
    """Sign in by the issuer, have it be long ago, and go to what is linked."""
    await parley.open("/sign-in")
    await sign_in_there(parley, who)
    await expect(parley.composer).to_be_visible()
    await forget_who_they_are(stack)
    await parley.open("/account#identities")


@pytest.mark.asvs("6.8.4", "7.5.1")
async def test_who_has_no_password_shows_at_the_provider_that_it_is_still_them(
    visitor: Parley, providing: Providing
):
    await open_identities_long_after(visitor, "grace", providing.stack)
    link = visitor.page.get_by_role("button", name="Link The issuer", exact=True)

    await link.click()
    await visitor.press("Show it at The issuer, and come back")
    # Though they are signed in there, the issuer asks who they are.
    await say_there(visitor, "grace")

    await expect(visitor.page).to_have_url(f"{visitor.url}/account")
    # Now it links, and says so by coming back to where it was begun.
    async with visitor.page.expect_response("**/FinishLink"):
        await link.click()
    await expect(visitor.page).to_have_url(f"{visitor.url}/account#identities")
    linked = section(visitor, "Identities").get_by_role("listitem")
    await expect(linked).to_have_count(1)


async def test_who_comes_back_as_somebody_else_stays_who_they_were(
    visitor: Parley, providing: Providing
):
    await open_identities_long_after(visitor, "ada", providing.stack)

    await visitor.page.get_by_role("button", name="Link The issuer", exact=True).click()
    await visitor.press("Show it at The issuer, and come back")
    await say_there(visitor, "eve")
    await visitor.page.get_by_role("button", name="Continue").click()

    await expect(
        visitor.page.get_by_text("There you are somebody else")
    ).to_be_visible()
    await visitor.page.get_by_role("link", name="Back to your account").click()
    profile = section(visitor, "Profile")
    await expect(profile.get_by_text("ada@oidc.example")).to_be_visible()


async def test_who_does_not_agree_is_told_so(visitor: Parley):
    await visitor.open("/sign-in")
    await visitor.page.get_by_role("button", name="Continue with The issuer").click()
    await visitor.page.get_by_role("link", name="Cancel").click()

    await expect(visitor.page.get_by_text("not signed in there")).to_be_visible()
    await visitor.page.get_by_role("link", name="Back to sign in").click()
    await expect(visitor.page.get_by_label("E-mail address")).to_be_visible()


async def open_providers(parley: Parley, stack: Stack) -> Locator:
    """Sign up as an owner, and go to the providers."""
    await sign_up_as(parley, stack, "owner")
    await parley.open("/admin#providers")
    providers = section(parley, "Providers")
    await expect(providers.get_by_role("heading", level=3)).to_have_count(3)
    return providers


@pytest.mark.asvs("13.3.1")
async def test_an_owner_sees_how_providers_are_set_up_and_whether_they_answer(
    visitor: Parley, providing: Providing
):
    providers = await open_providers(visitor, providing.stack)

    issuer = providers.get_by_role("listitem").filter(has_text="The issuer")
    await expect(issuer).to_contain_text("OpenID Connect")
    await expect(issuer).to_contain_text(providing.issuer)
    await expect(issuer).to_contain_text(f"{visitor.url}/sign-in/callback")
    await expect(issuer).to_contain_text("Everybody whose address it has verified")
    google = providers.get_by_role("listitem").filter(has_text="accounts.google.com")
    await expect(google).to_contain_text("Nobody new")
    assert SECRET not in await visitor.page.content()

    await visitor.press("Ask whether it is there: The issuer")
    await expect(issuer.get_by_role("status")).to_have_text("It answers as it should.")


async def test_the_pages_with_providers_fit(
    providing: Providing, browser: Browser, tmp_path: Path
):
    shots = Path(os.environ.get("PARLEY_SCREENSHOTS", tmp_path))
    for width, height in ((1280, 900), (390, 844)):
        for scheme in ("light", "dark"):
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="light" if scheme == "light" else "dark",
                reduced_motion="reduce",
            )
            parley = Parley(await context.new_page(), providing.stack.url)
            await parley.open("/sign-in")
            buttons = parley.page.get_by_role("button", name="Continue with")
            await expect(buttons).to_have_count(3)
            inside = "document.documentElement.scrollWidth <= innerWidth"
            assert await parley.page.evaluate(inside)
            await parley.picture(shots / f"sign_in_providers-{width}-{scheme}.png")
            providers = await open_providers(parley, providing.stack)
            await providers.scroll_into_view_if_needed()
            await parley.picture(shots / f"admin_providers-{width}-{scheme}.png")
            assert await parley.page.evaluate(inside)
            assert await parley.barriers() == []
            await context.close()
