"""How each page looks: wide and narrow, light and dark."""

from pathlib import Path

from playwright.async_api import ViewportSize, expect

from tests.doubles.script import Script
from tests.doubles.upstream import Upstream
from tests.e2e.conftest import OpenParley
from tests.e2e.looks import PHONE, Reach, Scheme, both_schemes, both_sizes, look
from tests.e2e.pages import Parley
from tests.e2e.settings import open_settings

ANSWER = (
    "It halves the range at every step.\n\n"
    "1. Decide whether `high` is inside.\n2. Beware of "
    + "averylongwordthatdoesnotfit" * 5
    + "\n\n```python\nmiddle = (low + high) // 2  # "
    + "a long comment " * 12
    + "\n```\n\n| items | comparisons | remarks |\n|--:|--:|---|\n"
    + "| 1,000 | 10 | few |\n"
)


async def welcome(parley: Parley) -> None:
    await parley.open("/")


async def sign_in(parley: Parley) -> None:
    await parley.open("/sign-in")
    await parley.sign_in("nobody@parley.example", "not the password")
    await expect(parley.alert).to_be_visible()


async def sign_up(parley: Parley) -> None:
    await parley.open("/sign-up")
    await parley.fill_credentials("not an address", "short")
    await parley.press("Create account")


async def nowhere(parley: Parley) -> None:
    response = await parley.page.goto(f"{parley.url}/nowhere")
    assert response
    assert response.status == 404


async def new_conversation(parley: Parley) -> None:
    await parley.sign_up()


async def conversation(parley: Parley) -> None:
    await parley.ask("How does a binary search work?")
    await expect(parley.replies.locator("pre span[style]").first).to_be_visible()
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()


async def editing(parley: Parley) -> None:
    await parley.press("Edit message")


async def menu(parley: Parley) -> None:
    await parley.press("Cancel")
    await parley.press("Conversation menu")


async def dialog(parley: Parley) -> None:
    await parley.press("Rename")


async def sidebar(parley: Parley) -> None:
    await parley.press("Cancel")
    menu = parley.page.get_by_role("button", name="Conversations")
    if await menu.is_visible():
        await menu.click()
    await expect(parley.listed).to_have_count(1)
    await parley.open_account_menu()


# Each begins where the one before it has ended.
WAY: list[Reach] = [welcome, sign_in, sign_up, nowhere, new_conversation, conversation]
WAY += [editing, menu, dialog, sidebar]


@both_schemes
@both_sizes
async def test_every_page_fits_and_has_no_barriers(
    open_parley: OpenParley,
    upstream: Upstream,
    tmp_path: Path,
    size: ViewportSize,
    scheme: Scheme,
):
    upstream.rescript(Script(tokens=(ANSWER,)))

    await look(open_parley, WAY, size=size, scheme=scheme, pictures=tmp_path)


async def test_escape_closes_the_drawer_and_gives_the_focus_back(
    open_parley: OpenParley,
):
    parley = await open_parley(viewport=PHONE)
    await parley.sign_up()
    menu = parley.page.get_by_role("button", name="Conversations")
    drawer = parley.page.get_by_role("dialog", name="Conversations")

    await menu.click()
    await expect(drawer).to_be_visible()
    await parley.page.keyboard.press("Escape")

    await expect(drawer).to_have_count(0)
    await expect(menu).to_be_focused()


async def test_a_selection_that_ends_beside_a_dialog_does_not_close_it(parley: Parley):
    await parley.sign_up()
    await open_settings(parley)
    await parley.press("Add a memory")
    field = parley.page.get_by_label("What models are to know")
    await field.fill("I keep bees.")
    mouse = parley.page.mouse

    await field.hover()
    await mouse.down()
    await mouse.move(5, 5)
    await mouse.up()
    await expect(field).to_have_value("I keep bees.")
    await mouse.click(5, 5)

    await expect(parley.page.get_by_role("dialog")).to_have_count(0)


async def test_scripts_that_are_not_of_the_page_do_not_run(parley: Parley):
    await parley.open("/sign-in")

    await parley.page.evaluate(
        """() => {
          const script = document.createElement('script')
          script.textContent = 'window.ran = true'
          document.body.append(script)
        }"""
    )

    assert await parley.page.evaluate("window.ran") is None
    (complaint,) = parley.complaints
    assert "Content Security Policy" in complaint
    parley.complaints.clear()
