"""What a person sees of Parley, and what they do with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from playwright.async_api import ConsoleMessage, Locator, Page, Route, expect

from deploy.local.state import ROOT
from tests.canaries.secrets import PASSWORD as PASSWORD

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
UPDATE_CONVERSATION = "**/parley.chat.v1.ConversationService/UpdateConversation"
# A test that breaks the network hears of it here too.
NETWORK = "Failed to load resource"


@dataclass(frozen=True)
class Parley:
    """Parley in one tab of a browser."""

    page: Page
    url: str
    # What the browser complained of: errors of scripts, breaches of the content policy.
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Collect complaints from now on."""

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and NETWORK not in message.text:
                self.complaints.append(message.text)

        self.page.on("console", on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, path: str = "/") -> None:
        """Go to a page."""
        await self.page.goto(self.url + path)

    # Accounts

    async def fill_credentials(self, email: str, password: str) -> None:
        """Write into the form of the sign-in or the sign-up page."""
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password", exact=True).fill(password)

    async def sign_up(self) -> str:
        """Create an account, and return its e-mail address."""
        email = f"{uuid4().hex}@parley.example"
        await self.open("/sign-up")
        await self.fill_credentials(email, PASSWORD)
        await self.page.get_by_role("button", name="Create account").click()
        await expect(self.composer).to_be_visible()
        return email

    async def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Press the button of the sign-in page, which is open."""
        await self.fill_credentials(email, password)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()

    async def open_account_menu(self) -> None:
        """Open the menu at the foot of the sidebar."""
        await self.page.get_by_role("button", name="Account").click()

    async def sign_out(self) -> None:
        """End the session."""
        await self.open_account_menu()
        await self.page.get_by_role("button", name="Sign out").click()

    # Conversations

    @property
    def composer(self) -> Locator:
        """Where the user writes."""
        return self.page.get_by_label("Your message")

    @property
    def questions(self) -> Locator:
        """What the user said in the conversation that is open."""
        return self.page.locator("article h2")

    @property
    def replies(self) -> Locator:
        """What models wrote in it."""
        return self.page.locator("article .markdown")

    @property
    def alert(self) -> Locator:
        """What went wrong."""
        return self.page.get_by_role("alert").filter(has_text=".")

    @property
    def listed(self) -> Locator:
        """The conversations in the sidebar."""
        return self.page.get_by_role("navigation").locator("li a")

    async def begin_conversation(self) -> None:
        """Go where a new conversation begins."""
        await self.page.get_by_role("link", name="New conversation").click()
        await expect(
            self.page.get_by_role("heading", name="What would you like")
        ).to_be_visible()

    async def ask(self, text: str) -> None:
        """Write a message and send it with the keyboard."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def press(self, name: str) -> None:
        """Press a button."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def press_and_store(self, name: str) -> None:
        """
        Press what changes the conversation, and wait until that is stored.

        The page shows the change before.
        """
        async with self.page.expect_response(UPDATE_CONVERSATION):
            await self.press(name)

    @asynccontextmanager
    async def held(self, calls: str) -> AsyncIterator[None]:
        """Have calls take until the block has ended."""
        ended = asyncio.Event()

        async def hold(route: Route) -> None:
            await ended.wait()
            await route.continue_()

        await self.page.route(calls, hold)
        try:
            yield
        finally:
            ended.set()

    def version(self, noun: str) -> Locator:
        """Which of several versions of a reply or a message is shown."""
        group = self.page.get_by_role("group", name=f"Versions of this {noun}")
        return group.locator("span")

    async def choose(self, name: str) -> None:
        """Choose from the menu of the conversation that is open."""
        await self.press("Conversation menu")
        await self.press(name)

    async def ask_too(self, model: str) -> None:
        """Tick one more model for the messages to come."""
        await self.page.get_by_role("button", name="Answered by").click()
        await self.page.get_by_label(f"Ask {model} too", exact=True).check()
        await self.page.keyboard.press("Escape")

    def beside(self, model: str) -> Locator:
        """What a model says beside others."""
        return self.page.get_by_role("region", name=model, exact=True)

    # The page itself

    async def lose_answer(self, call: str) -> None:
        """Have a call be done, and its answer be lost on the way, once."""

        async def lose(route: Route) -> None:
            await route.fetch()  # the service stores and answers
            await route.abort("connectionreset")

        await self.page.route(call, lose, times=1)

    async def width(self) -> int:
        """Return how wide the page is, with what does not fit."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth"))

    async def barriers(self) -> list[str]:
        """Return what would keep somebody from using the page, as axe sees it."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await self.page.evaluate("axe.run()")
        return [
            f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    async def picture(self, path: Path) -> None:
        """Take a screenshot once nothing moves."""
        await self.page.screenshot(path=path, animations="disabled")
