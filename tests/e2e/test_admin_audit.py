"""What administrators see of the audit log, in the browser."""

import json

from playwright.async_api import expect

from tests.e2e.account import section
from tests.e2e.administration import open_administration, sign_up_as
from tests.e2e.pages import Parley
from tests.stack import Stack, run_module


async def test_who_may_not_administer_sees_nothing_of_it(parley: Parley, stack: Stack):
    await sign_up_as(parley, stack, "member")

    await parley.open_account_menu()
    await expect(parley.page.get_by_role("link", name="Settings")).to_be_visible()
    link = parley.page.get_by_role("link", name="Administration")
    await expect(link).to_have_count(0)

    await parley.open("/admin")
    await expect(parley.page.get_by_role("heading", name="Not for you")).to_be_visible()


async def test_the_log_is_read_verified_and_taken_elsewhere(
    parley: Parley, stack: Stack
):
    await parley.page.add_init_script("delete window.showSaveFilePicker")
    await sign_up_as(parley, stack, "owner")
    await open_administration(parley)
    audit = section(parley, "Audit")

    await audit.get_by_label("What", exact=True).fill("user.create")
    await parley.press("Show these")
    await expect(audit.get_by_role("listitem").first).to_contain_text("user.create")
    await expect(
        audit.get_by_role("listitem").filter(has_text="session.")
    ).to_have_count(0)

    await parley.press("Verify the log")
    verified = audit.get_by_role("status").filter(has_text="as they were written")
    await expect(verified).to_be_visible()
    kept = await verified.get_by_role("code").inner_text()

    async with parley.page.expect_download() as coming:
        await parley.press("Export the log")
    file = await (await coming.value).path()
    first, *_, last = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (first["type"], last["type"]) == ("begin", "head")
    command = ("admin", "audit", "verify", "--file", str(file), "--expect", kept)
    await run_module("parley_client", *command, environment=stack.environment)
