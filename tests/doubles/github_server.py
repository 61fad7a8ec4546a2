"""
A local server with GitHub's OAuth protocol: the page, the token and the API.

In a test:

    async with serving(Account(id=1, login="ada")) as github:
        ...  # send a browser to github.url

As GitHub does, it says with status 200 that a code is wrong.
"""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from aiohttp import web

CLIENT = "Iv1.parley"
SECRET = "github secret"


@dataclass
class Account:
    """Somebody who has an account there, and is signed in."""

    id: Any = 583231
    login: str = "octocat"
    name: str | None = "The Octocat"
    emails: Any = field(
        default_factory=lambda: [
            {"email": "old@github.example", "primary": False, "verified": True},
            {"email": "octocat@github.example", "primary": True, "verified": True},
        ]
    )


class GitHubServer:
    """What it knows."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.url = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()

    @property
    def api(self) -> str:
        """Where its API is."""
        return f"{self.url}/api/v3"

    def authorize(self, url: str) -> dict[str, str]:
        """Do what its page does for a person who agrees."""
        query = {key: one for key, (one, *_) in parse_qs(urlsplit(url).query).items()}
        return self.agree(query)

    def agree(self, query: dict[str, str]) -> dict[str, str]:
        """Make a code."""
        code = uuid4().hex
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Send the browser back at once: the person has agreed before."""
        query = dict(request.query)
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(self.agree(query))}")

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Exchange a code."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        query = self.codes.pop(form.get("code", ""), None)
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            not query
            or (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET)
            or query.get("code_challenge") != challenge
            or query.get("redirect_uri") != form.get("redirect_uri")
        ):
            return web.json_response({"error": "bad_verification_code"})
        token = f"gho_{uuid4().hex}"
        self.tokens.add(token)
        return web.json_response(
            {"access_token": token, "token_type": "bearer", "scope": query["scope"]}
        )

    async def root(self, request: web.Request) -> web.StreamResponse:
        """Say where things are; that is for everybody."""
        return web.json_response({"current_user_url": f"{self.api}/user"})

    async def user(self, request: web.Request) -> web.StreamResponse:
        """Say whose token it is."""
        self._check(request)
        account = self.account
        return web.json_response(
            {"id": account.id, "login": account.login, "name": account.name}
        )

    async def emails(self, request: web.Request) -> web.StreamResponse:
        """Say which addresses they have."""
        self._check(request)
        return web.json_response(self.account.emails)

    def _check(self, request: web.Request) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise web.HTTPUnauthorized


@asynccontextmanager
async def serving(account: Account | None = None) -> AsyncIterator[GitHubServer]:
    """Serve on a loopback port."""
    github = GitHubServer(account or Account())
    app = web.Application()
    app.router.add_get("/login/oauth/authorize", github.page)
    app.router.add_post("/login/oauth/access_token", github.token)
    app.router.add_get("/api/v3", github.root)
    app.router.add_get("/api/v3/user", github.user)
    app.router.add_get("/api/v3/user/emails", github.emails)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        github.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield github
    finally:
        await runner.cleanup()
