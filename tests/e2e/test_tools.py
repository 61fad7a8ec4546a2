"""A tool of an MCP server: enabled, called, waiting for a person, allowed or not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.doubles.mcp_server import Double, serving
from tests.doubles.script import Call, Script
from tests.doubles.upstream import Upstream
from tests.e2e.pages import Parley
from tests.e2e.settings import open_settings, section
from tests.stack import Stack, running

TOOLS = """\
servers:
  - name: double
    url: {url}
    tools:
      echo: {{approval: always, enabled: false}}
"""
LABEL = "double__echo (Echo it)"
SAID = "It will be as you say."


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Double]:
    """An MCP server, and how often it was called."""
    async with serving() as server:
        yield server


@pytest.fixture(scope="module")
def tools_file(server: Double, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an operator names a tool of that server, which asks before each call."""
    file: Path = tmp_path_factory.mktemp("tools") / "tools.yaml"
    file.write_text(TOOLS.format(url=server.url))
    return file


@pytest.fixture(scope="module")
async def stack(tools_file: Path) -> AsyncIterator[Stack]:
    """The system with that tool, which nobody has who does not enable it."""
    async with running(LLM_TOOLS_FILE=str(tools_file)) as stack:
        yield stack


@pytest.fixture(autouse=True)
def calling(server: Double, upstream: Upstream) -> None:
    """A model that speaks, calls the tool, and speaks again."""
    server.calls.clear()
    upstream.requests.clear()
    call = Call("double__echo", '{"text": "the river"}')
    upstream.rescript(Script(tokens=(SAID,), calls=(call,)))


async def ask_with_tool(parley: Parley) -> None:
    """Sign up, enable the tool, choose it, and ask something that it is called for."""
    await parley.sign_up()
    await open_settings(parley)
    enabled = section(parley, "Tools").get_by_role("switch", name="Echo it")
    await expect(enabled).to_have_attribute("aria-checked", "false")
    await enabled.click()
    await expect(enabled).to_have_attribute("aria-checked", "true")
    await parley.open("/chat")
    await parley.page.get_by_role("button", name="Tools").click()
    await parley.page.get_by_label("Echo it").check()
    await parley.press("Done")
    await parley.ask("What does the river say?")


def tool(parley: Parley) -> Locator:
    """Return what is shown of the call."""
    return parley.page.get_by_role("list", name="Tools").get_by_role("listitem")


def decision(parley: Parley) -> Locator:
    """Return the question whether the call may be made."""
    return parley.page.get_by_role("group", name=f"May {LABEL} be used?")


def spoken(parley: Parley) -> Locator:
    """Return what was said before the call, and after."""
    return parley.replies.get_by_text(SAID)


def told(upstream: Upstream) -> list[str]:
    """Return what the model was told of its calls."""
    return [
        message["content"]
        for request in upstream.requests
        for message in request.body["messages"]
        if message["role"] == "tool"
    ]


async def expect_waiting(parley: Parley) -> None:
    """See that a call waits, and what for."""
    await expect(decision(parley)).to_be_visible()
    await expect(tool(parley).locator("summary")).to_have_text(f"{LABEL}waits for you")
    asked = tool(parley).get_by_role("group", name="Asked")
    await expect(asked).to_be_visible()
    await expect(asked).to_contain_text("the river")
    announced = parley.page.get_by_role("status").filter(has_text="waits for you to")
    await expect(announced).to_have_text(f"The tool {LABEL} waits for you to allow it.")


async def expect_gone_on(parley: Parley) -> None:
    """See that the reply was written to its end."""
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await expect(decision(parley)).to_have_count(0)
    await expect(spoken(parley)).to_have_count(2)


async def test_a_call_that_is_allowed_is_made_and_the_reply_goes_on(
    parley: Parley, server: Double, upstream: Upstream
):
    await ask_with_tool(parley)
    await expect_waiting(parley)
    assert server.calls == []
    await expect(spoken(parley)).to_have_count(1)

    await decision(parley).get_by_role("button", name="Approve").click()

    await expect_gone_on(parley)
    await expect(tool(parley).locator("summary")).to_have_text(f"{LABEL}done")
    await tool(parley).locator("summary").click()
    answered = tool(parley).get_by_role("group", name="Answered")
    await expect(answered).to_have_text("the river again")
    assert server.calls == ["echo"]
    (content,) = told(upstream)
    assert "the river again" in content


async def test_a_call_that_is_denied_is_not_made_and_the_reply_says_so_and_goes_on(
    parley: Parley, server: Double, upstream: Upstream
):
    await ask_with_tool(parley)
    await expect_waiting(parley)

    await decision(parley).get_by_role("button", name="Deny").click()

    await expect_gone_on(parley)
    await expect(tool(parley).locator("summary")).to_have_text(f"{LABEL}not allowed")
    assert server.calls == []
    (content,) = told(upstream)
    assert "The user did not agree to this call." in content
    await parley.page.reload()
    await expect(tool(parley).locator("summary")).to_have_text(f"{LABEL}not allowed")
    await tool(parley).locator("summary").click()
    result = tool(parley).get_by_role("group", name="The model was told")
    await expect(result).to_have_text("The user did not agree to this call.")


async def test_a_call_still_waits_after_a_reload_and_can_be_allowed(
    parley: Parley, server: Double
):
    await ask_with_tool(parley)
    await expect_waiting(parley)

    await parley.page.reload()

    await expect_waiting(parley)
    assert server.calls == []
    await decision(parley).get_by_role("button", name="Approve").click()
    await expect_gone_on(parley)
    await expect(tool(parley).locator("summary")).to_have_text(f"{LABEL}done")
    assert server.calls == ["echo"]
