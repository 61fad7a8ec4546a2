"""The settings: usage, links, erasing."""

import asyncio
import re

from playwright.async_api import Route, expect

from tests.e2e.conftest import OpenParley
from tests.e2e.pages import Parley
from tests.e2e.settings import asked, open_settings, section


async def test_usage_says_what_is_used_and_what_each_reply_cost(parley: Parley):
    await asked(parley, "What do you cost?")
    await open_settings(parley)

    usage = section(parley, "Usage")
    for period in ("Today", "This month"):
        await expect(usage.get_by_role("heading", name=period)).to_be_visible()
    await expect(usage.get_by_text("used, no limit")).to_have_count(4)
    await expect(usage.get_by_text("more messages at once")).to_be_visible()
    reply = usage.get_by_role("row").last
    await expect(reply).to_contain_text("scripted")
    await reply.get_by_role("link").click()

    await expect(parley.questions).to_have_text(["You: What do you cost?"])


async def test_charges_come_page_by_page(parley: Parley):
    await asked(parley, "The first")
    for _ in range(20):
        await parley.press("Regenerate")
        await expect(
            parley.page.get_by_role("button", name="Copy reply")
        ).to_be_visible()
    await open_settings(parley)
    usage = section(parley, "Usage")
    links = usage.get_by_role("row").get_by_role("link")
    await expect(links).to_have_count(20)

    await usage.get_by_role("button", name="Show more").click()

    await expect(links).to_have_count(21)
    await expect(usage.get_by_role("button", name="Show more")).to_have_count(0)


async def test_a_link_is_revoked_for_those_who_have_it(
    parley: Parley, open_parley: OpenParley
):
    await asked(parley, "Share this")
    await parley.choose("Share")
    await parley.press("Create a link")
    link = parley.page.get_by_role("dialog").get_by_role("link")
    address = await link.get_attribute("href")
    assert address
    await parley.press("Close")
    await open_settings(parley)
    links = section(parley, "Shared links")
    await expect(links.get_by_role("listitem")).to_have_count(1)

    await links.get_by_role("button", name=re.compile("^Revoke")).click()
    await parley.press("Revoke the link")

    await expect(links.get_by_text("You have shared nothing.")).to_be_visible()
    stranger = await open_parley()
    await stranger.page.goto(address)
    await expect(stranger.alert).to_contain_text("leads nowhere")


async def test_data_are_erased_only_with_the_words_for_it(parley: Parley):
    await asked(parley, "Forget me")
    await open_settings(parley)
    await parley.press("Erase my data…")
    words = parley.page.get_by_label("Type “erase my data”")

    await words.fill("erase")
    await parley.press("Erase everything")
    await expect(words).to_have_accessible_description("Type “erase my data” to go on.")
    await words.fill("erase my data")
    await parley.press("Erase everything")

    status = section(parley, "Erase my data").get_by_role("status")
    await expect(status).to_contain_text("Everything will be gone by")
    await parley.page.get_by_role("link", name="Conversations").click()
    await expect(parley.composer).to_be_visible()
    await expect(parley.listed).to_have_count(0)


async def test_the_section_that_an_address_names_stays_in_view_while_others_load(
    parley: Parley,
):
    shown = asyncio.Event()

    async def take_long(route: Route) -> None:
        await shown.wait()
        await route.continue_()

    await parley.sign_up()
    await parley.page.route("**/parley.llm.v1.ToolService/ListTools", take_long)
    await parley.open("/settings#links")
    links = parley.page.get_by_role("heading", name="Shared links")
    await expect(links).to_be_in_viewport()

    shown.set()

    tools = section(parley, "Tools").get_by_role("switch")
    await expect(tools.first).to_be_attached()
    await expect(tools.last).not_to_be_in_viewport()
    await expect(links).to_be_in_viewport()
