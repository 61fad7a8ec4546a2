"""Many tabs of one browser, which opens six connections to a host over HTTP/1.1."""

from playwright.async_api import Request, expect

from tests.e2e.conftest import OpenParley
from tests.e2e.pages import Parley

OTHERS = 6
WATCH = "SyncService/WatchChanges"


async def test_more_tabs_than_connections_are_in_step(
    parley: Parley, open_parley: OpenParley
):
    await parley.sign_up()
    others = [await open_parley(beside=parley) for _ in range(OTHERS)]
    for other in others:
        await other.open("/chat")
        await expect(other.composer).to_be_visible()

    await parley.ask("Do you all hear me?")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()

    for other in others:
        await expect(other.listed).to_have_count(1)


async def test_another_tab_watches_when_the_one_that_did_is_closed(
    parley: Parley, open_parley: OpenParley
):
    watching: list[Request] = []
    parley.page.context.on(
        "request",
        lambda request: watching.append(request) if WATCH in request.url else None,
    )
    await parley.sign_up()
    other = await open_parley(beside=parley)
    async with other.page.expect_request(f"**/*{WATCH}"):
        await other.open("/chat")
    third = await open_parley(beside=parley)
    async with third.page.expect_request(f"**/*{WATCH}"):
        await third.open("/chat")
    before = len(watching)

    await third.page.close()
    await parley.ask("Do you hear me still?")

    await expect(other.listed).to_have_count(1)
    assert len(watching) == before + 1
