"""A browser, and people who sit before it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from deploy.local.bootstrap import web_app
from tests.doubles.upstream import Upstream
from tests.e2e.browser import open_browser
from tests.e2e.pages import Parley
from tests.stack import USUAL, Stack

HERE = Path(__file__).parent

OpenParley = Callable[..., Awaitable[Parley]]

expect.set_options(timeout=15_000)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the web app anew if its sources have changed, before a test's time runs."""
    to_run = not session.config.option.collectonly
    if to_run and any(item.path.is_relative_to(HERE) for item in session.items):
        web_app()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all; each test has profiles of its own."""
    async with open_browser() as browser:
        yield browser


@pytest.fixture
async def upstream(stack: Stack) -> AsyncIterator[Upstream]:
    """The model, which answers with twenty words unless a test says otherwise."""
    stack.upstream.rescript(USUAL)
    yield stack.upstream
    stack.upstream.release()
    stack.upstream.rescript(USUAL)


@pytest.fixture
async def open_parley(
    stack: Stack, upstream: Upstream, browser: Browser
) -> AsyncIterator[OpenParley]:
    """Open Parley in a fresh profile, or in another tab of one; nobody is signed in."""
    opened: list[Parley] = []

    async def open_parley(beside: Parley | None = None, **options: Any) -> Parley:
        context = (
            beside.page.context if beside else await browser.new_context(**options)
        )
        parley = Parley(await context.new_page(), stack.url)
        parley.listen()
        opened.append(parley)
        return parley

    yield open_parley
    for parley in opened:
        await parley.page.context.close()
    # The content policy is kept and no script fails, whatever a test is about.
    assert [complaint for parley in opened for complaint in parley.complaints] == []


@pytest.fixture
async def parley(open_parley: OpenParley) -> Parley:
    """Parley in a browser on a desk."""
    return await open_parley(viewport={"width": 1280, "height": 800})
