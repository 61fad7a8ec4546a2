"""Several models that answer the same."""

import pytest
from playwright.async_api import expect

from tests.doubles import answering
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.e2e.conftest import OpenParley
from tests.e2e.pages import UPDATE_CONVERSATION, Parley

# Its script is the test's; that of the other one is in its name.
ONE = "scripted"
OTHER = "scripted-200x0ms"
HALF = " ".join("".join(words(10)).split())
WHOLE = " ".join("".join(words(20)).split())
OTHERS = " ".join("".join(words(200)).split())
HALFWAY = Script(tokens=words(20), stall_after=10)


async def test_several_models_answer_beside_each_other(
    parley: Parley, upstream: Upstream
):
    upstream.rescript(HALFWAY)
    await parley.sign_up()
    await parley.ask_too(OTHER)

    await parley.ask("What do you both say?")

    one = parley.beside(ONE).locator(".markdown")
    other = parley.beside(OTHER).locator(".markdown")
    await expect(one).to_have_text(HALF)
    await expect(other).to_have_text(OTHERS)
    left, right = await one.bounding_box(), await other.bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] < right["x"]
    assert left["y"] == right["y"]
    await parley.page.reload()
    await expect(one).to_have_text(HALF)
    upstream.release()
    await expect(one).to_have_text(WHOLE)


async def test_the_conversation_goes_on_from_the_reply_that_is_chosen(
    parley: Parley, upstream: Upstream
):
    await parley.sign_up()
    await parley.ask_too(OTHER)
    await parley.ask("What do you both say?")
    await expect(parley.beside(OTHER).locator(".markdown")).to_have_text(OTHERS)
    await expect(parley.beside(ONE).locator(".markdown")).to_have_text(WHOLE)

    async with parley.page.expect_response(UPDATE_CONVERSATION):
        await parley.beside(OTHER).get_by_role("button", name="Go on from this").click()
    await expect(
        parley.beside(OTHER).get_by_role("button", name="Going on from this")
    ).to_be_visible()
    await parley.ask("And then?")

    await expect(parley.questions).to_have_count(2)
    await expect(parley.replies.first).to_have_text(OTHERS)
    await expect(parley.beside(ONE).locator(".markdown")).to_have_text(WHOLE)
    await expect(parley.beside(OTHER).locator(".markdown")).to_have_text(OTHERS)
    shown = [
        request.body["messages"][-2]["content"]
        for request in upstream.requests
        if request.body["messages"][-1]["content"] == "And then?"
    ]
    assert shown == ["".join(words(200))] * 2


async def test_all_that_are_being_written_are_stopped_together(
    parley: Parley, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
):
    # Of the other one, too, half is there until both are stopped.
    monkeypatch.setattr(answering, "named", lambda model: HALFWAY)
    upstream.rescript(HALFWAY)
    await parley.sign_up()
    await parley.ask_too(OTHER)
    await parley.ask("Will you both stop?")
    for model in (ONE, OTHER):
        await expect(parley.beside(model).locator(".markdown")).to_have_text(HALF)

    await parley.press("Stop")

    await expect(parley.page.get_by_text("Stopped", exact=True)).to_have_count(2)


async def test_a_phone_shows_one_of_them_at_a_time(open_parley: OpenParley):
    parley = await open_parley(viewport={"width": 390, "height": 844})
    await parley.sign_up()
    await parley.ask_too(OTHER)
    await parley.ask("What do you both say?")
    one, other = parley.beside(ONE), parley.beside(OTHER)
    await expect(one.locator(".markdown")).to_have_text(WHOLE)
    await expect(other).to_have_count(0)

    await parley.press(OTHER)

    await expect(other.locator(".markdown")).to_have_text(OTHERS)
    await expect(one).to_have_count(0)
    await other.get_by_role("button", name="Go on from this").click()
    await expect(other.get_by_role("button", name="Going on from this")).to_be_visible()


async def test_one_other_model_can_be_asked_alone(parley: Parley):
    await parley.sign_up()
    await parley.page.get_by_role("button", name="Answered by").click()
    await parley.press(OTHER)

    await parley.ask("Who are you?")

    await expect(parley.replies).to_have_text([OTHERS])
    await expect(parley.page.locator("article").get_by_text(OTHER)).to_be_visible()
