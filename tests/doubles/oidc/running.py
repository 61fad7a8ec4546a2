"""Runs the issuer, and does by HTTP what a person does with its pages."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp

from deploy.local.parts import NODE

HERE = Path(__file__).parent
SECRET = "a secret with signs: +/%&"
ACTION = re.compile(r'<form[^>]*action="([^"]+)"')
PROMPT = re.compile(r'name="prompt" value="(\w+)"')
ABORT = re.compile(r'href="([^"]+/abort)"')


@asynccontextmanager
async def serving(redirect_uri: str) -> AsyncIterator[str]:
    """Run it while the block runs; return its address, which is its issuer."""
    node = await asyncio.create_subprocess_exec(
        *(NODE, "server.mjs", redirect_uri),
        cwd=HERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert node.stdout
        issuer = (await asyncio.wait_for(node.stdout.readline(), 30)).decode().strip()
        assert issuer, "oidc-provider did not start: run `make setup-test`"
        yield issuer
    finally:
        node.kill()
        await node.wait()


async def agree(url: str, who: str) -> dict[str, str]:
    """Sign in there, agree, and return what the browser brings back."""
    # Cookies of a host with a port, which the usual jar keeps; of an IP it would not.
    async with aiohttp.ClientSession() as browser:
        answer, _ = await agree_in(browser, url, who)
        return answer


async def agree_in(
    browser: aiohttp.ClientSession, url: str, who: str
) -> tuple[dict[str, str], list[str]]:
    """Agree in a browser, which may be signed in; return also what was asked for."""
    asked: list[str] = []
    while True:
        async with browser.get(url, allow_redirects=False) as page:
            text, to = await page.text(), page.headers.get("Location")
        if not to:
            assert page.status == 200, text
            url, prompt = form_of(url, text)
            asked.append(prompt)
            answers = {"prompt": prompt, "login": who, "password": "any"}
            async with browser.post(url, data=answers, allow_redirects=False) as page:
                to = page.headers["Location"]
        url = urljoin(url, to)
        if urlsplit(url).path == "/sign-in/callback":
            return brought(url), asked


async def decline(url: str) -> dict[str, str]:
    """Do not agree, and return what the browser brings back."""
    async with aiohttp.ClientSession() as browser:
        async with browser.get(url) as page:
            found = ABORT.search(await page.text())
            assert found
            url = urljoin(str(page.url), found[1])
        while urlsplit(url).path != "/sign-in/callback":
            async with browser.get(url, allow_redirects=False) as page:
                url = urljoin(url, page.headers["Location"])
    return brought(url)


def form_of(url: str, text: str) -> tuple[str, str]:
    """Read where a page's form goes, and what it is for."""
    action, prompt = ACTION.search(text), PROMPT.search(text)
    assert action, text
    assert prompt, text
    return urljoin(url, action[1]), prompt[1]


def brought(url: str) -> dict[str, str]:
    """Read the parameters as Parley's page does."""
    found = {key: one for key, (one, *_) in parse_qs(urlsplit(url).query).items()}
    names = {"code": "code", "state": "state", "iss": "issuer", "error": "error"}
    return {names[key]: value for key, value in found.items() if key in names}
