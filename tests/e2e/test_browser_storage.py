"""What stays in a browser, and what its scripts can get at."""

import json
import re

import pytest
from playwright.async_api import expect

from tests.e2e.pages import PASSWORD, Parley

SAID = "canary-said-3141"
REFRESH, DEVICE = "__Host-parley_refresh", "__Host-parley_device"
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.")
EVERYTHING = """async () => {
  const stored = { cookie: document.cookie, caches: await caches.keys() }
  for (const [name, storage] of Object.entries({ localStorage, sessionStorage }))
    stored[name] = { ...storage }
  stored.databases = (await indexedDB.databases()).map(({ name }) => name)
  return stored
}"""


async def conversing(parley: Parley) -> str:
    """Sign up and say something; return the e-mail address."""
    email = await parley.sign_up()
    await parley.ask(SAID)
    await expect(parley.replies).to_have_count(1)
    return email


async def stored(parley: Parley) -> str:
    """Return all that a script of the page finds in the browser."""
    return json.dumps(await parley.page.evaluate(EVERYTHING))


@pytest.mark.asvs("3.3.4", "14.3.3")
async def test_scripts_find_no_secret_and_nothing_that_was_said(parley: Parley):
    email = await conversing(parley)

    found = await stored(parley)

    cookies = await parley.page.context.cookies()
    assert {cookie["name"] for cookie in cookies} == {REFRESH, DEVICE}
    assert all(cookie["httpOnly"] for cookie in cookies)
    for secret in (SAID, PASSWORD, email, *(cookie["value"] for cookie in cookies)):
        assert secret not in found
    assert not TOKEN.search(found)


@pytest.mark.asvs("14.3.1")
async def test_who_signs_out_leaves_nothing_behind(parley: Parley):
    email = await conversing(parley)
    await parley.page.evaluate("localStorage.setItem('parley.imports:x', 'a.zip')")

    await parley.sign_out()
    await parley.page.wait_for_url("**/sign-in")
    page = await parley.page.content()
    found = json.loads(await stored(parley))
    await parley.page.go_back()
    await parley.page.wait_for_url("**/sign-in*")

    assert SAID not in page + await parley.page.content()
    assert email not in page
    assert found == {
        "cookie": "",
        "caches": [],
        "localStorage": {},
        "sessionStorage": {},
        "databases": [],
    }
    # That somebody has signed in here before says nothing of whom, and lets nobody in.
    (kept,) = await parley.page.context.cookies()
    assert kept["name"] == DEVICE


@pytest.mark.asvs("6.2.6", "6.2.7")
@pytest.mark.parametrize(
    ("path", "kind"), [("/sign-in", "current-password"), ("/sign-up", "new-password")]
)
async def test_a_password_is_hidden_and_may_come_from_a_manager(
    parley: Parley, path: str, kind: str
):
    await parley.open(path)

    await hidden(parley, "Password", kind)


@pytest.mark.asvs("6.2.6", "6.2.7")
async def test_so_are_one_that_is_changed_and_the_one_after_it(parley: Parley):
    await parley.sign_up()
    await parley.open("/account")

    await hidden(parley, "Password until now", "current-password")
    await hidden(parley, "New password", "new-password")


async def hidden(parley: Parley, label: str, kind: str) -> None:
    """Require that a field is hidden until shown, and takes what managers paste."""
    field = parley.page.get_by_label(label, exact=True)
    pasted = await field.evaluate(
        """(field) => field.dispatchEvent(
          new ClipboardEvent('paste', { bubbles: true, cancelable: true }))"""
    )

    assert pasted, "nobody keeps it from being pasted"
    await expect(field).to_have_attribute("type", "password")
    await expect(field).to_have_attribute("autocomplete", kind)
    shown = field.locator("xpath=..").get_by_role("button", name="Show password")
    await shown.click()
    await expect(field).to_have_attribute("type", "text")


@pytest.mark.asvs("14.3.1")
async def test_who_signs_out_while_parley_is_away_leaves_nothing_behind(parley: Parley):
    await conversing(parley)
    await parley.page.evaluate("localStorage.setItem('parley.imports:x', 'a.zip')")
    api = re.compile(r"/parley\.\w+\.v1\.")
    await parley.page.route(api, lambda route: route.abort())

    await parley.sign_out()
    await parley.page.wait_for_url("**/sign-in")
    page = await parley.page.content()
    found = json.loads(await stored(parley))
    await parley.page.unroute(api)
    await parley.open("/chat")
    await parley.page.wait_for_url("**/sign-in*")

    assert SAID not in page
    assert found["localStorage"] == {"parley.left": "yes"}
    # Once Parley is back, the session is ended and not taken up again.
    assert json.loads(await stored(parley))["localStorage"] == {}
    (kept,) = await parley.page.context.cookies()
    assert kept["name"] == DEVICE
    parley.complaints.clear()
