"""Answers from one's own documents, where no model is configured."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import LiteralString

import pytest
from playwright.async_api import ViewportSize, expect

from tests.e2e.account import change_accounts
from tests.e2e.conftest import OpenParley
from tests.e2e.library import (
    PAGES,
    ask_documents,
    attach,
    attach_book,
    attached,
    book,
    broken,
    deed,
    documents,
    hero,
    open_library,
    source,
    sources,
    upload,
)
from tests.e2e.looks import Scheme, both_schemes, both_sizes, look
from tests.e2e.pages import Parley
from tests.stack import Stack, running

PAGE = 41
# Whoever has one of these addresses.
GROUP: LiteralString = """
    WITH made AS (
        INSERT INTO groups (id, display_name, display_key, create_time, update_time)
        VALUES (gen_random_uuid(), 'Sales', 'sales', now(), now()) RETURNING id
    )
    INSERT INTO group_members (group_id, user_id)
    SELECT made.id, users.id FROM made, users WHERE email IN (%s, %s)
"""
READ = 60_000


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    """The system as a newcomer starts it: without a model, and without a key."""
    async with running(OPENAI_BASE_URL="", OPENAI_API_KEY="", PARLEY_MODEL="") as stack:
        yield stack


async def test_a_cited_passage_is_opened_at_its_page(parley: Parley):
    await parley.sign_up()
    await attach_book(parley)

    await ask_documents(parley, f"What did {hero(PAGE)} do?")
    cited = sources(parley).filter(has_text=f"Page {PAGE}").first
    await expect(cited).to_be_visible()
    await cited.click()

    opened = source(parley)
    await expect(opened.get_by_text(f"Page {PAGE} of {PAGES}")).to_be_visible()
    await expect(opened.locator("mark")).to_contain_text(deed(PAGE))
    await expect(opened.locator("mark")).to_be_in_viewport()
    await parley.press("Next page")
    await expect(opened).to_contain_text(deed(PAGE + 1))
    await parley.page.keyboard.press("Escape")
    await expect(cited).to_be_focused()


async def test_a_number_in_a_reply_leads_to_its_source(parley: Parley):
    await parley.sign_up()
    await attach_book(parley)
    await ask_documents(parley, f"What did {hero(PAGE)} do?")
    number = parley.replies.get_by_role("button", name="Source 1:").first
    await expect(number).to_be_visible()

    await number.click()

    await expect(source(parley)).to_contain_text(deed(PAGE))


async def test_a_source_has_an_address_of_its_own(parley: Parley):
    await parley.sign_up()
    await attach_book(parley)
    await ask_documents(parley, f"What did {hero(PAGE)} do?")
    await sources(parley).filter(has_text=f"Page {PAGE}").first.click()
    link = source(parley).get_by_role("link", name="Open on a page of its own")
    path = await link.get_attribute("href")

    await parley.open(path or "")

    await expect(parley.page.locator("mark")).to_contain_text(deed(PAGE))
    await expect(parley.page.locator("mark")).to_be_in_viewport()


async def test_what_is_known_is_asked_again_after_a_reload(parley: Parley):
    await parley.sign_up()
    await open_library(parley)
    await upload(parley, book())
    await expect(documents(parley)).to_contain_text(f"{PAGES} pages", timeout=READ)
    await parley.open("/chat")
    await parley.page.get_by_role("button", name="Knowledge").click()
    await parley.page.get_by_label("Only some").check()
    await parley.page.get_by_label("rivers.pdf").check()
    await parley.press("Done")

    await ask_documents(parley, f"What did {hero(PAGE)} do?")
    await expect(sources(parley).first).to_contain_text("rivers.pdf")
    await parley.page.reload()

    knowledge = parley.page.get_by_role("button", name="Knowledge: 1 document")
    await expect(knowledge).to_be_visible()
    await expect(sources(parley).first).to_contain_text("rivers.pdf")


async def test_a_file_that_cannot_be_read_says_so_and_is_not_sent(parley: Parley):
    await parley.sign_up()
    await attach(parley, broken())
    await expect(attached(parley)).to_contain_text("This file is broken.", timeout=READ)
    await parley.ask("What is in it?")
    await expect(parley.questions).to_have_count(0)

    await parley.press("Remove broken.pdf")
    await parley.composer.press("Enter")

    await expect(parley.questions).to_have_text(["You: What is in it?"])


async def test_an_upload_goes_on_when_its_connection_breaks(parley: Parley):
    await parley.sign_up()
    append = "**/parley.llm.v1.DocumentService/AppendDocument"
    await parley.page.route(append, lambda route: route.abort(), times=1)

    await attach_book(parley)

    await expect(attached(parley)).to_contain_text("rivers.pdf")


async def test_the_library_finds_what_a_document_says(parley: Parley):
    await parley.sign_up()
    await open_library(parley)
    await upload(parley, book())
    await expect(documents(parley)).to_contain_text(f"{PAGES} pages", timeout=READ)

    await parley.page.get_by_label("Search the documents").fill(hero(PAGE))
    found = parley.page.get_by_role("region", name="Search results")
    await expect(found.locator("mark").first).to_have_text(hero(PAGE))
    await expect(found.locator("mark").first).to_be_in_viewport()
    await found.get_by_role("button").filter(has_text=f"Page {PAGE}").first.click()

    await expect(source(parley).locator("mark")).to_contain_text(deed(PAGE))


async def test_a_deleted_document_is_found_no_more(parley: Parley):
    await parley.sign_up()
    await open_library(parley)
    await upload(parley, book())
    await expect(documents(parley)).to_contain_text(f"{PAGES} pages", timeout=READ)

    await parley.press("Delete rivers.pdf")
    await parley.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(
        parley.page.get_by_text("There are no documents here yet.")
    ).to_be_visible()
    await parley.page.get_by_label("Search the documents").fill(hero(PAGE))

    await expect(parley.page.get_by_text("Nothing found")).to_be_visible()


async def test_a_document_lies_in_a_collection(parley: Parley):
    await parley.sign_up()
    await open_library(parley)
    await parley.press("New collection")
    await parley.page.get_by_role("dialog").get_by_label("Name").fill("Rivers")
    await parley.press("Create")
    await expect(
        parley.page.get_by_role("heading", name="Rivers", exact=True)
    ).to_be_visible()
    await expect(parley.page.locator("main h2")).to_have_text(
        ["Shared with me", "Rivers"]
    )

    await upload(parley, book())
    await expect(documents(parley)).to_contain_text("in Rivers", timeout=READ)
    await parley.press("Move rivers.pdf")
    await parley.press("No collection")

    await expect(
        parley.page.get_by_text("There are no documents here yet.")
    ).to_be_visible()


async def empty_library(parley: Parley) -> None:
    await parley.sign_up()
    await parley.open("/library")
    await expect(
        parley.page.get_by_text("There are no documents here yet.")
    ).to_be_visible()


async def full_library(parley: Parley) -> None:
    await upload(parley, book())
    await upload(parley, broken())
    await expect(documents(parley).filter(has_text=f"{PAGES} pages")).to_be_visible(
        timeout=READ
    )
    await expect(parley.page.get_by_text("This file is broken.").first).to_be_visible()


async def searching(parley: Parley) -> None:
    await parley.page.get_by_label("Search the documents").fill(hero(PAGE))
    await expect(parley.page.get_by_text("The best passages")).to_be_visible()


async def answered(parley: Parley) -> None:
    await parley.open("/chat")
    await ask_documents(parley, f"What did {hero(PAGE)} do?")
    await expect(sources(parley).first).to_be_visible()


async def opened(parley: Parley) -> None:
    await sources(parley).first.click()
    await expect(source(parley).locator("mark")).to_be_in_viewport()


# Each begins where the one before it has ended.
WAY = [empty_library, full_library, searching, answered, opened]


@both_schemes
@both_sizes
async def test_what_is_known_fits_and_has_no_barriers(
    open_parley: OpenParley, tmp_path: Path, size: ViewportSize, scheme: Scheme
):
    await look(open_parley, WAY, size=size, scheme=scheme, pictures=tmp_path)


async def test_a_collection_is_shared_with_a_group_by_its_name(
    parley: Parley, open_parley: OpenParley, stack: Stack
):
    member = await open_parley()
    emails = [await parley.sign_up(), await member.sign_up()]
    await change_accounts(stack, GROUP, *emails)
    for person in (parley, member):  # so that each token says it
        await person.page.reload()
    await open_library(parley)
    await parley.press("New collection")
    await parley.page.get_by_role("dialog").get_by_label("Name").fill("Deltas")
    await parley.press("Create")
    await parley.press("Share")

    await parley.page.get_by_role("dialog").get_by_label("Sales").check()
    await parley.press("Save")

    await expect(parley.page.get_by_text("Shared with 1 group.")).to_be_visible()
    await open_library(member)
    await member.page.get_by_role("button", name="Deltas").click()
    await expect(member.page.get_by_text("Shared with you by")).to_be_visible()
    await parley.press("Share")
    await parley.page.get_by_role("dialog").get_by_label("Sales").uncheck()
    await parley.press("Save")
    await expect(parley.page.get_by_text("Shared with 1")).to_have_count(0)
    await member.page.reload()
    await expect(member.page.get_by_role("button", name="Deltas")).to_have_count(0)


async def test_a_collection_is_shared_by_the_user_name_that_the_other_has_copied(
    parley: Parley, open_parley: OpenParley
):
    other = await open_parley(permissions=["clipboard-read", "clipboard-write"])
    await other.sign_up()
    await open_library(other)
    await other.press("Copy your user name")
    await expect(other.page.get_by_text("Copied")).to_be_visible()
    name = await other.page.evaluate("navigator.clipboard.readText()")
    await parley.sign_up()
    await open_library(parley)
    await parley.press("New collection")
    await parley.page.get_by_role("dialog").get_by_label("Name").fill("Rivers")
    await parley.press("Create")
    await parley.press("Share")
    readers = parley.page.get_by_label("Who may search and read it")

    await readers.fill("ada@example.com")
    await parley.press("Save")
    await expect(readers).to_have_accessible_description(
        re.compile("“ada@example.com” is no user name")
    )
    await readers.fill(name)
    await parley.press("Save")

    await expect(parley.page.get_by_text("Shared with 1 reader.")).to_be_visible()
    await other.page.reload()
    await other.page.get_by_role("button", name="Rivers").click()
    await expect(other.page.get_by_text("Shared with you by")).to_be_visible()
