"""What administrators see, and what they do there."""

from playwright.async_api import expect

from tests.e2e.account import change_accounts
from tests.e2e.pages import Parley
from tests.stack import Stack


async def sign_up_as(parley: Parley, stack: Stack, role: str) -> str:
    """Sign up, and have a role; return the address."""
    email = await parley.sign_up()
    await change_accounts(
        stack, "UPDATE users SET role = %s WHERE email = %s", role, email
    )
    await parley.page.reload()
    await expect(parley.composer).to_be_visible()
    return email


async def open_administration(parley: Parley) -> None:
    """Go to the administration by the menu."""
    await parley.open_account_menu()
    await parley.page.get_by_role("link", name="Administration").click()
    await expect(
        parley.page.get_by_role("heading", name="Admin", level=1)
    ).to_be_visible()
