"""What happens to replies: stopped, cut, written anew, and waited for."""

from playwright.async_api import Route, expect

from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.e2e.conftest import OpenParley
from tests.e2e.pages import Parley

SEND = "**/parley.chat.v1.MessageService/SendMessage"
RESUME = "**/parley.chat.v1.MessageService/ResumeReply"
RATE = "**/parley.chat.v1.MessageService/RateMessage"
WHOLE = " ".join("".join(words(20)).split())
HALF = " ".join("".join(words(10)).split())
HALFWAY = Script(tokens=words(20), stall_after=10)


async def test_a_stopped_reply_keeps_what_was_shown(parley: Parley, upstream: Upstream):
    upstream.rescript(HALFWAY)
    await parley.sign_up()
    await parley.ask("Will you stop?")
    await expect(parley.replies).to_have_text(HALF)

    await parley.press("Stop")
    await expect(parley.page.get_by_text("Stopped", exact=True)).to_be_visible()
    await expect(parley.composer).to_be_focused()
    await parley.page.reload()

    await expect(parley.replies).to_have_text([HALF])
    await expect(parley.page.get_by_text("Stopped", exact=True)).to_be_visible()


async def test_a_stopped_reply_is_gone_on_with(parley: Parley, upstream: Upstream):
    upstream.rescript(HALFWAY)
    await parley.sign_up()
    await parley.ask("Will you go on?")
    await expect(parley.replies).to_have_text(HALF)
    await parley.press("Stop")
    upstream.rescript(Script(tokens=(" and", " on")))

    await parley.press("Continue")

    await expect(parley.replies).to_have_text([f"{HALF} and on"])
    await expect(parley.version("reply")).to_have_text("2 / 2")


async def test_a_reply_goes_on_live_after_a_reload(parley: Parley, upstream: Upstream):
    upstream.rescript(HALFWAY)
    await parley.sign_up()
    await parley.ask("Will you go on without me?")
    await expect(parley.replies).to_have_text(HALF)

    await parley.page.reload()
    await expect(parley.replies).to_have_text(HALF)
    await expect(parley.page.get_by_role("button", name="Stop")).to_be_visible()
    upstream.release()

    await expect(parley.replies).to_have_text(WHOLE)
    await expect(parley.page.get_by_role("button", name="Stop")).to_have_count(0)


async def test_a_reply_goes_on_where_its_stream_broke(parley: Parley):
    async def break_off(route: Route) -> None:
        response = await route.fetch()
        body = await response.body()
        # The first event is whole, the second one is not.
        first = 5 + int.from_bytes(body[1:5])
        await route.fulfill(response=response, body=body[: first + 20])

    await parley.sign_up()
    await parley.page.route(SEND, break_off, times=1)

    async with parley.page.expect_request(RESUME):
        await parley.ask("Where were we?")

    await expect(parley.replies).to_have_text([WHOLE])
    await expect(parley.page.get_by_role("button", name="Stop")).to_have_count(0)


async def test_a_reply_is_written_anew_beside_the_one_there_is(
    parley: Parley, upstream: Upstream
):
    upstream.rescript(Script(tokens=("One",)))
    await parley.sign_up()
    await parley.ask("Which?")
    await expect(parley.replies).to_have_text(["One"])
    upstream.rescript(Script(tokens=("Another",)))

    await parley.press("Regenerate")
    await expect(parley.replies).to_have_text(["Another"])
    await expect(parley.version("reply")).to_have_text("2 / 2")
    await parley.press_and_store("Previous reply")
    await expect(parley.replies).to_have_text(["One"])
    await expect(parley.version("reply")).to_have_text("1 / 2")
    await parley.page.reload()

    await expect(parley.replies).to_have_text(["One"])


async def test_an_edited_message_begins_a_branch(parley: Parley):
    await parley.sign_up()
    await parley.ask("The first")
    await expect(parley.replies).to_have_text([WHOLE])
    await parley.ask("The second")
    await expect(parley.replies).to_have_text([WHOLE, WHOLE])

    await parley.page.get_by_role("button", name="Edit message").first.click()
    await parley.page.get_by_label("Edit your message").fill("The other")
    await parley.page.keyboard.press("Enter")

    await expect(parley.questions).to_have_text(["You: The other"])
    await expect(parley.replies).to_have_text([WHOLE])
    await parley.press("Previous message")
    await expect(parley.questions).to_have_text(["You: The first", "You: The second"])


async def test_a_rating_is_kept(parley: Parley):
    await parley.sign_up()
    await parley.ask("Are you good?")
    good = parley.page.get_by_role("button", name="Good reply")
    await good.click()
    await expect(good).to_have_attribute("aria-pressed", "true")

    await parley.page.reload()

    await expect(good).to_have_attribute("aria-pressed", "true")
    await good.click()
    await expect(good).to_have_attribute("aria-pressed", "false")


async def test_a_bad_rating_says_why(parley: Parley):
    await parley.sign_up()
    await parley.ask("Are you bad?")
    bad = parley.page.get_by_role("button", name="Bad reply")
    async with parley.held(RATE):
        await bad.click()
        await parley.page.get_by_label("It is wrong").check()
        await parley.page.get_by_label("Something is missing").check()
        await parley.page.get_by_label("In other words").fill("Badgers have four legs.")
        await parley.press("Submit")
    await expect(parley.page.get_by_role("dialog")).to_have_count(0)

    await parley.page.reload()
    await expect(bad).to_have_attribute("aria-pressed", "true")
    await parley.press("Say why")

    await expect(parley.page.get_by_label("It is wrong")).to_be_checked()
    await expect(parley.page.get_by_label("It is harmful")).not_to_be_checked()
    await expect(parley.page.get_by_label("In other words")).to_have_value(
        "Badgers have four legs."
    )


async def test_a_bad_rating_needs_no_reason(parley: Parley):
    await parley.sign_up()
    await parley.ask("Are you bad?")
    bad = parley.page.get_by_role("button", name="Bad reply")
    await bad.click()
    await parley.press("Skip")
    await expect(bad).to_have_attribute("aria-pressed", "true")

    await bad.click()

    await expect(bad).to_have_attribute("aria-pressed", "false")
    await expect(parley.page.get_by_role("dialog")).to_have_count(0)


async def test_a_message_that_waits_is_taken_back(parley: Parley, upstream: Upstream):
    upstream.rescript(HALFWAY)
    await parley.sign_up()
    await parley.ask("The first")
    await expect(parley.replies).to_have_text(HALF)
    await parley.ask("A tpyo")
    await expect(parley.page.get_by_text("Waiting", exact=True)).to_be_visible()

    await parley.press_and_store("Take back")

    await expect(parley.questions).to_have_text(["You: The first"])
    await expect(parley.composer).to_have_value("A tpyo")
    upstream.release()
    await expect(parley.replies).to_have_text([WHOLE])
    await parley.page.reload()
    await expect(parley.questions).to_have_text(["You: The first"])
    assert [
        request
        for request in upstream.requests
        if request.body["messages"][-1]["content"] == "A tpyo"
    ] == []


async def test_a_reply_is_stopped_from_another_tab(
    parley: Parley, open_parley: OpenParley, upstream: Upstream
):
    upstream.rescript(HALFWAY)
    await parley.sign_up()
    await parley.ask("Who stops you?")
    await expect(parley.replies).to_have_text(HALF)
    other = await open_parley(beside=parley)
    await other.open(parley.page.url.removeprefix(parley.url))
    await expect(other.replies).to_have_text(HALF)

    await other.press("Stop")

    for tab in (other, parley):
        await expect(tab.page.get_by_text("Stopped", exact=True)).to_be_visible()
        await expect(tab.replies).to_have_text([HALF])
