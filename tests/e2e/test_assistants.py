"""Assistants, prompts, memories and tools, from the settings to a reply."""

from playwright.async_api import expect

from tests.doubles.script import Call, Script, words
from tests.doubles.upstream import Upstream
from tests.e2e.pages import Parley
from tests.e2e.settings import open_settings, section

CREATE_MEMORY = "**/parley.llm.v1.MemoryService/CreateMemory"


def told(upstream: Upstream, words: str) -> bool:
    """Tell whether a model was told something."""
    return any(words in str(request.body["messages"]) for request in upstream.requests)


async def test_an_assistant_answers_by_its_instructions(
    parley: Parley, upstream: Upstream
):
    await parley.sign_up()
    await open_settings(parley)
    await parley.press("New assistant")
    dialog = parley.page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Pirate")
    await dialog.get_by_label("Instructions").fill("Speak like a pirate.")
    await parley.press("Save")
    await expect(section(parley, "Assistants")).to_contain_text("Pirate")
    await parley.open("/chat")

    await parley.page.get_by_role("button", name="Assistant").click()
    await parley.page.get_by_label("Pirate").check()
    await parley.press("Done")
    await parley.ask("Where is the treasure?")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await parley.page.reload()

    assert told(upstream, "Speak like a pirate.")
    chosen = parley.page.get_by_role("button", name="Assistant: Pirate")
    await expect(chosen).to_be_visible()


async def test_a_memory_is_told_to_models_until_it_is_deleted(
    parley: Parley, upstream: Upstream
):
    await parley.sign_up()
    await open_settings(parley)
    await parley.press("Add a memory")
    await parley.page.get_by_label("What models are to know").fill("I keep bees.")
    await parley.press("Save")
    memories = section(parley, "Memories")
    await expect(memories).to_contain_text("I keep bees.")
    await parley.open("/chat")
    await parley.ask("What do I keep?")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    assert told(upstream, "I keep bees.")

    await parley.open("/settings")
    await parley.press("Delete: I keep bees.")

    await expect(memories).to_contain_text("Nothing is remembered about you.")


async def test_what_is_saved_again_because_no_answer_came_is_there_once(
    parley: Parley,
):
    await parley.sign_up()
    await open_settings(parley)
    memories = section(parley, "Memories")
    await parley.press("Add a memory")
    await parley.page.get_by_label("What models are to know").fill("I keep bees.")
    await parley.lose_answer(CREATE_MEMORY)
    await parley.press("Save")
    await expect(parley.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()

    await parley.press("Save")

    await expect(parley.page.get_by_role("dialog")).to_have_count(0)
    await expect(memories.get_by_role("listitem")).to_have_text(
        ["I keep bees.EditDelete"]
    )


async def test_a_prompt_is_filled_in_and_said_differently(parley: Parley):
    await parley.sign_up()
    await open_settings(parley)
    await parley.press("New prompt")
    dialog = parley.page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Summary")
    await dialog.get_by_label("Text", exact=True).fill("Sum up {{what}}.")
    await parley.press("Create")
    await parley.press("Versions: Summary")
    await parley.press("Preview version 1")
    await dialog.get_by_label("what", exact=True).fill("the bees")

    await parley.press("Show it filled in")

    await expect(dialog.get_by_text("Sum up the bees.")).to_be_visible()
    await parley.press("New version")
    await dialog.get_by_label("Text of the new version").fill("Be brief.")
    await parley.press("Add it")
    await expect(dialog.get_by_role("heading", name="Version 2")).to_be_visible()
    weight = dialog.get_by_label("Weight of version 2", exact=True)
    await weight.fill("half")
    await expect(weight).to_have_accessible_description(
        "A weight is a whole number, at most 1,000."
    )
    await weight.fill("3")
    await expect(weight).to_have_accessible_description("")


async def test_what_a_tool_may_do_is_decided_with_the_keyboard(
    parley: Parley, upstream: Upstream
):
    call = Call("remember", '{"fact": "Has a dog."}')
    upstream.rescript(Script(tokens=words(20), calls=(call,)))
    await parley.sign_up()
    await parley.page.get_by_role("button", name="Tools").click()
    await parley.page.get_by_label("Remember").check()
    await parley.press("Done")
    await parley.ask("I have a dog.")
    decision = parley.page.get_by_role("group", name="May Remember be used?")

    await decision.get_by_role("button", name="Approve").press("Enter")

    await expect(decision).to_have_count(0)
    row = parley.page.get_by_role("list", name="Tools").locator("summary")
    await expect(row).to_contain_text("Remember")
    await expect(row).to_be_focused()


async def test_only_tools_that_are_enabled_can_be_chosen(parley: Parley):
    await parley.sign_up()
    await open_settings(parley)
    calculator = section(parley, "Tools").get_by_role("switch", name="Calculator")
    await expect(calculator).to_be_visible()
    if await calculator.get_attribute("aria-checked") == "true":
        await calculator.click()
    await expect(calculator).to_have_attribute("aria-checked", "false")
    await parley.open("/chat")
    await parley.page.get_by_role("button", name="Tools").click()
    await expect(
        parley.page.get_by_role("group", name="Models may use")
    ).to_be_visible()
    await expect(parley.page.get_by_label("Calculator")).to_have_count(0)

    await parley.open("/settings")
    await calculator.click()
    await expect(calculator).to_have_attribute("aria-checked", "true")
    await parley.open("/chat")
    await parley.page.get_by_role("button", name="Tools").click()

    await expect(parley.page.get_by_label("Calculator")).to_be_visible()
