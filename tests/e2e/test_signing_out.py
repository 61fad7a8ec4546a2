"""Whoever is signed in finds the way out, on every page."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from deploy.local.state import ROOT
from tests.e2e.pages import Parley

APP = ROOT / "web/src/app"
IN_THE_HEADER = ["/account", "/admin", "/device", "/document", "/library", "/settings"]


# Of pages for who is signed in; the second lets nobody in who acts as somebody else.
GATES = ("<RequireUser>", "<RequireSelf>")


def path_of(page: Path) -> str:
    return "/" + page.parent.relative_to(APP).as_posix()


@pytest.mark.asvs("7.4.4")
def test_all_pages_for_who_is_signed_in_are_tried():
    pages = [
        path
        for path in APP.rglob("page.tsx")
        if any(gate in path.read_text() for gate in GATES)
    ]

    assert sorted(map(path_of, pages)) == sorted(["/chat", *IN_THE_HEADER])


@pytest.mark.asvs("7.4.4")
@pytest.mark.parametrize("path", IN_THE_HEADER)
async def test_a_page_has_the_way_out_in_its_header(parley: Parley, path: str):
    await parley.sign_up()
    await parley.open(path)
    button = parley.page.get_by_role("button", name="Sign out", exact=True)

    await expect(button).to_be_in_viewport()
    await button.click()

    await parley.page.wait_for_url("**/sign-in")
    await parley.open(path)
    await parley.page.wait_for_url("**/sign-in?to=*")


@pytest.mark.asvs("7.4.4")
async def test_conversations_have_it_in_the_menu_of_the_account(parley: Parley):
    await parley.sign_up()
    await expect(parley.page.get_by_role("button", name="Account")).to_be_in_viewport()

    await parley.sign_out()

    await parley.page.wait_for_url("**/sign-in")
