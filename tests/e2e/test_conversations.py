"""Asking, and reading what comes back."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.e2e.conftest import OpenParley
from tests.e2e.looks import overlap
from tests.e2e.pages import Parley

CREATE = "**/parley.chat.v1.ConversationService/CreateConversation"
SEND = "**/parley.chat.v1.MessageService/SendMessage"
WHOLE = " ".join("".join(words(20)).split())
HALF = " ".join("".join(words(10)).split())


def times_asked(upstream: Upstream, text: str) -> int:
    """Count the requests whose last message is this one; those for titles are not."""
    return sum(
        request.body["messages"][-1]["content"] == text
        for request in upstream.requests
        if request.path.endswith("/completions")
    )


async def test_words_appear_as_they_are_written_and_are_there_after_a_reload(
    parley: Parley, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(20), stall_after=10))
    await parley.sign_up()

    await parley.ask("How are words made?")
    await expect(parley.replies).to_have_text(HALF)
    upstream.release()
    await expect(parley.replies).to_have_text(WHOLE)
    await parley.page.reload()

    await expect(parley.questions).to_have_text(["You: How are words made?"])
    await expect(parley.replies).to_have_text([WHOLE])
    await expect(parley.listed).to_have_count(1)


async def test_a_reload_in_the_middle_of_a_reply_finds_its_end(
    parley: Parley, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(20), stall_after=10))
    await parley.sign_up()
    await parley.ask("Will you go on without me?")
    await expect(parley.replies).to_have_text(HALF)

    await parley.page.reload()
    await expect(parley.replies).to_have_text(HALF)
    upstream.release()

    await expect(parley.replies).to_have_text(WHOLE)
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()


async def test_a_reply_goes_on_while_another_conversation_is_open(
    parley: Parley, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(20), stall_after=10))
    await parley.sign_up()
    await parley.ask("The first")
    await expect(parley.replies).to_have_text(HALF)

    await parley.begin_conversation()
    await parley.composer.fill("A draft")
    upstream.release()
    await parley.listed.first.click()

    await expect(parley.replies).to_have_text(WHOLE)
    await parley.begin_conversation()
    await expect(parley.composer).to_have_value("A draft")


async def test_a_first_message_is_sent_though_another_conversation_is_opened_meanwhile(
    parley: Parley,
):
    seen = asyncio.Event()

    async def take_long(route: Route) -> None:
        await seen.wait()
        await route.continue_()

    await parley.sign_up()
    await parley.ask("The first")
    await expect(parley.replies).to_have_text(WHOLE)
    await parley.begin_conversation()
    await parley.page.route(CREATE, take_long, times=1)
    await parley.ask("The second")
    await parley.listed.first.click()
    await expect(parley.questions).to_have_text(["You: The first"])
    seen.set()

    await expect(parley.listed).to_have_count(2)
    await expect(parley.questions).to_have_text(["You: The first"])
    await parley.listed.first.click()
    await expect(parley.questions).to_have_text(["You: The second"])
    await expect(parley.replies).to_have_text(WHOLE)
    await parley.begin_conversation()
    await expect(parley.composer).to_have_value("")


async def test_a_question_whose_answer_is_lost_on_the_way_is_stored_once(
    parley: Parley, upstream: Upstream
):
    async def lose_answer(route: Route) -> None:
        await route.fetch()  # the service stores and answers
        await route.abort("connectionreset")

    await parley.sign_up()
    await parley.page.route(SEND, lose_answer, times=1)
    await parley.ask("Say it once")
    await expect(parley.alert).to_contain_text("be reached right now")

    await parley.press("Send again")
    await expect(parley.replies).to_have_text([WHOLE])
    await parley.page.reload()

    await expect(parley.questions).to_have_text(["You: Say it once"])
    await expect(parley.replies).to_have_text([WHOLE])
    assert times_asked(upstream, "Say it once") == 1


async def test_a_question_that_did_not_arrive_can_be_edited(parley: Parley):
    await parley.sign_up()
    await parley.ask("The first")
    await expect(parley.replies).to_have_text([WHOLE])
    await parley.page.route(SEND, lambda route: route.abort(), times=1)
    await parley.ask("A tpyo")
    await expect(parley.alert).to_be_visible()

    await parley.ask("Me first")
    await expect(parley.questions).to_have_text(["You: The first", "You: A tpyo"])
    await parley.press("Edit")
    await expect(parley.composer).to_have_value("A tpyo\n\nMe first")
    await parley.ask("A typo")

    await expect(parley.questions).to_have_text(["You: The first", "You: A typo"])
    await expect(parley.replies).to_have_text([WHOLE, WHOLE])


async def test_a_conversation_has_a_heading_before_it_has_a_title(parley: Parley):
    await parley.sign_up()
    await parley.page.route(SEND, lambda route: route.abort(), times=1)

    await parley.ask("Nobody hears this")

    await expect(parley.alert).to_be_visible()
    heading = parley.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Untitled")


async def test_what_is_sent_while_a_reply_is_written_waits_for_its_end_in_all_tabs(
    parley: Parley, open_parley: OpenParley, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(20), stall_after=10))
    await parley.sign_up()
    await parley.ask("In one tab")
    await expect(parley.replies).to_have_text(HALF)
    link = parley.page.url.removeprefix(parley.url)
    other = await open_parley(beside=parley)
    await other.open(link)
    await expect(other.replies).to_have_text(HALF)

    await other.ask("In the other")
    await expect(other.page.get_by_text("Waiting", exact=True)).to_be_visible()
    upstream.release()

    await expect(other.replies).to_have_text([WHOLE, WHOLE])


async def test_a_stream_that_breaks_off_is_caught_up_with(
    parley: Parley, upstream: Upstream
):
    async def break_off(route: Route) -> None:
        response = await route.fetch()
        body = await response.body()
        await route.fulfill(response=response, body=body[: len(body) // 2])

    await parley.sign_up()
    await parley.page.route(SEND, break_off, times=1)

    await parley.ask("Do you hear me?")

    await expect(parley.replies).to_have_text([WHOLE])
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    assert times_asked(upstream, "Do you hear me?") == 1


async def test_a_reply_that_fails_says_why_and_is_asked_for_again(
    parley: Parley, upstream: Upstream
):
    upstream.rescript(Script(status=401))
    await parley.sign_up()
    await parley.ask("Does it work?")
    await expect(parley.alert).to_contain_text("provider refused")

    upstream.rescript(Script(tokens=words(20)))
    await parley.press("Ask again")

    await expect(parley.replies).to_have_text([WHOLE])
    await parley.page.reload()
    await expect(parley.questions).to_have_text(["You: Does it work?"])
    await expect(parley.replies).to_have_text([WHOLE])


@pytest.mark.asvs("1.1.2", "1.2.1", "1.3.1", "1.3.5", "3.2.2")
async def test_code_is_coloured_and_markup_is_harmless(
    parley: Parley, upstream: Upstream
):
    answer = (
        "**Yes**\n\n```python\ndef f():\n    return 1\n```\n\n"
        '<img src="/evil.png" onerror="document.title = `owned`"> '
        "[x](javascript:alert(1))"
    )
    upstream.rescript(Script(tokens=(answer,)))
    await parley.sign_up()

    await parley.ask("Show me")

    keyword = parley.replies.locator("pre span", has_text="def").first
    await expect(keyword).to_have_attribute(
        "style", "color: var(--code-token-keyword);"
    )
    await expect(parley.replies.locator("strong")).to_have_text("Yes")
    await expect(parley.replies.locator("img, [href^=javascript]")).to_have_count(0)
    assert "owned" not in await parley.page.title()


async def test_a_deleted_conversation_can_be_had_back(parley: Parley):
    await parley.sign_up()
    await parley.ask("Forget this")
    await expect(parley.replies).to_have_text([WHOLE])
    link = parley.page.url.removeprefix(parley.url)

    await parley.choose("Delete")
    await expect(parley.listed).to_have_count(0)
    undo = parley.page.get_by_role("button", name="Undo").locator("..")
    assert not await overlap(undo, parley.composer.locator(".."))
    await parley.press("Undo")
    await expect(parley.replies).to_have_text([WHOLE])
    await expect(parley.listed).to_have_count(1)
    await parley.choose("Delete")
    await expect(parley.listed).to_have_count(0)

    await parley.open(link)
    await expect(parley.page.get_by_text("is deleted.")).to_be_visible()
    await expect(parley.composer).to_have_count(0)
    await parley.press("Restore")
    await expect(parley.composer).to_be_visible()


async def test_shift_and_enter_begin_a_line(parley: Parley):
    await parley.sign_up()

    await parley.composer.fill("One")
    await parley.composer.press("Shift+Enter")
    await parley.composer.press_sequentially("two")
    await parley.composer.press("Enter")

    await expect(parley.questions).to_have_text(["You: One\ntwo"])
