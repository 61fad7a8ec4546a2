"""Acting as somebody else in the browser: openly, for minutes, and back again."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, ViewportSize, expect

from tests.e2e.account import (
    change_accounts,
    confirm_who,
    forget_who_they_are,
    section,
)
from tests.e2e.administration import open_administration, sign_up_as
from tests.e2e.conftest import OpenParley
from tests.e2e.looks import Reach, Scheme, both_schemes, both_sizes, look
from tests.e2e.pages import Parley
from tests.stack import Stack

NAME = "Grace Hopper"
PAGES = ("/chat", "/library", "/settings", "/account", "/admin", "/device")


def bar(parley: Parley) -> Locator:
    """Return what says that somebody acts as somebody else."""
    return parley.page.get_by_role(
        "complementary", name="Acting as somebody else", exact=True
    )


async def person(open_parley: OpenParley, stack: Stack) -> str:
    """Have somebody sign up who has asked one thing; return their address."""
    other = await open_parley()
    email = await other.sign_up()
    await change_accounts(
        stack, "UPDATE users SET display_name = %s WHERE email = %s", NAME, email
    )
    await other.ask("How do compilers work?")
    await expect(other.replies).to_have_count(1)
    return email


async def ask_to_act(parley: Parley, email: str) -> None:
    """Ask to act as somebody, with a reason, in the administration."""
    people = section(parley, "People")
    await people.get_by_label("E-mail address begins with").fill(email)
    await parley.press("Look for them")
    await parley.press(f"Manage {email}")
    await parley.press("Act as them…")
    await parley.page.get_by_label("Why").fill("Ticket 7")
    await parley.press("Act as them")


async def go(parley: Parley, path: str) -> None:
    """Go to a page of this tab, without loading it anew."""
    await parley.page.evaluate("path => window.next.router.push(path)", path)
    await parley.page.wait_for_url(f"**{path}*")


@pytest.mark.asvs("7.5.3")
async def test_an_administrator_acts_as_somebody_and_comes_back(
    parley: Parley, open_parley: OpenParley, stack: Stack
):
    email = await person(open_parley, stack)
    await sign_up_as(parley, stack, "owner")
    await forget_who_they_are(stack)
    await parley.page.reload()
    await open_administration(parley)

    await ask_to_act(parley, email)
    await confirm_who(parley)

    await expect(bar(parley)).to_contain_text(f"You act as {NAME}")
    await expect(bar(parley)).to_contain_text(email)
    await parley.listed.click()
    await expect(parley.questions).to_contain_text("How do compilers work?")
    await expect(parley.page.get_by_role("button", name="Sign out")).to_have_count(0)

    async with parley.page.expect_response("**/EndImpersonation"):
        await parley.press("Stop acting as them")

    await expect(bar(parley)).to_have_count(0)
    await parley.page.wait_for_url("**/admin")
    await expect(section(parley, "People").get_by_role("listitem")).not_to_have_count(0)
    audit = section(parley, "Audit")
    await audit.get_by_label("What", exact=True).fill("impersonation")
    await parley.press("Show these")
    for what in ("impersonation.end", "impersonation.begin"):
        events = audit.get_by_role("listitem").filter(has_text=what)
        await expect(events).not_to_have_count(0)
    await parley.open("/chat")
    await expect(parley.composer).to_be_visible()
    await expect(parley.listed).to_have_count(0)


async def test_the_bar_is_on_every_page_and_accounts_are_closed(
    parley: Parley, open_parley: OpenParley, stack: Stack
):
    email = await person(open_parley, stack)
    await sign_up_as(parley, stack, "owner")
    await open_administration(parley)
    await ask_to_act(parley, email)

    for path in PAGES:
        await go(parley, path)
        await expect(bar(parley)).to_be_in_viewport(ratio=1)
        closed = parley.page.get_by_role("heading", name="Not as somebody else")
        shut = path in ("/account", "/admin", "/device")
        await expect(closed).to_have_count(1 if shut else 0)
        await parley.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        await expect(bar(parley)).to_be_in_viewport(ratio=1)

    # What is loaded anew is loaded by who one is.
    await parley.page.reload()
    await parley.open("/admin")
    await expect(section(parley, "People")).to_be_visible()
    await expect(bar(parley)).to_have_count(0)


async def test_it_ends_by_itself_and_says_so(
    parley: Parley, open_parley: OpenParley, stack: Stack
):
    email = await person(open_parley, stack)
    await parley.page.clock.install()
    own = await sign_up_as(parley, stack, "owner")
    await open_administration(parley)
    await ask_to_act(parley, email)
    await expect(bar(parley)).to_be_visible()

    await parley.page.clock.fast_forward("05:00")

    await expect(bar(parley)).to_have_count(0)
    over = parley.page.get_by_role("complementary", name="No longer acting")
    await expect(over).to_contain_text(f"The time to act as {NAME} is over.")
    await parley.page.wait_for_url("**/admin")
    await over.get_by_role("button", name="Close").click()
    await expect(over).to_have_count(0)
    await go(parley, "/account")
    await expect(section(parley, "Profile")).to_contain_text(own)


async def test_nobody_is_offered_to_act_as_who_is_disabled(
    parley: Parley, open_parley: OpenParley, stack: Stack
):
    email = await person(open_parley, stack)
    await sign_up_as(parley, stack, "owner")
    await open_administration(parley)
    people = section(parley, "People")
    await people.get_by_label("E-mail address begins with").fill(email)
    await parley.press("Look for them")
    await parley.press(f"Manage {email}")
    act = parley.page.get_by_role("button", name="Act as them…")
    await expect(act).to_be_visible()

    await parley.press("Disable")
    await expect(parley.page.get_by_role("status")).to_have_text("Done.")

    await expect(act).to_have_count(0)


@both_sizes
@both_schemes
async def test_it_cannot_be_missed(
    open_parley: OpenParley,
    stack: Stack,
    tmp_path: Path,
    size: ViewportSize,
    scheme: Scheme,
):
    email = await person(open_parley, stack)

    async def acting_person(parley: Parley) -> None:
        await sign_up_as(parley, stack, "owner")
        await parley.open("/admin")
        people = section(parley, "People")
        await people.get_by_label("E-mail address begins with").fill(email)
        await parley.press("Look for them")
        await parley.press(f"Manage {email}")
        await expect(parley.page.get_by_text("Chrome on Linux")).to_be_visible()

    async def acting_asked(parley: Parley) -> None:
        await parley.press("Act as them…")

    async def acting_chat(parley: Parley) -> None:
        await parley.page.get_by_label("Why").fill("Ticket 7")
        await parley.press("Act as them")
        await expect(bar(parley)).to_be_visible()
        await expect(parley.composer).to_be_visible()

    async def acting_settings(parley: Parley) -> None:
        await go(parley, "/settings")
        await parley.page.evaluate("scrollTo(0, 600)")

    async def acting_dialog(parley: Parley) -> None:
        await parley.press("New assistant")
        await expect(parley.page.get_by_role("dialog")).to_be_visible()

    async def acting_account(parley: Parley) -> None:
        await parley.page.keyboard.press("Escape")
        await go(parley, "/account")

    way: list[Reach] = [
        acting_person,
        acting_asked,
        acting_chat,
        acting_settings,
        acting_dialog,
        acting_account,
    ]
    await look(open_parley, way, size=size, scheme=scheme, pictures=tmp_path)
