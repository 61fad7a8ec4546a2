"""
A local OpenID Connect issuer that does right until it is told to do wrong.

    async with serving() as issuer:
        issuer.claims = lambda claims: {**claims, "aud": "somebody else"}
        answer = issuer.authorize(url)  # what the browser would bring back

Everything that it says can be bent: its metadata, its keys, an ID token's claims and
header, the answer of the token endpoint, `/userinfo`, and any answer as a whole.
"""

import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

Json = dict[str, Any]
Bend = Callable[[Json], Any]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

CLIENT = "parley"
SECRET = "a secret with signs: +/%&"


def as_it_is(value: Json) -> Json:
    """Bend nothing."""
    return value


@dataclass
class Grant:
    """What a code stands for, until it is redeemed."""

    query: dict[str, str]
    subject: str


class HostileIssuer:
    """The issuer; its attributes say what it does wrong."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self.url = ""
        self.key = key
        self.kid = "one"
        self.subject = "248289761001"
        self.email: Json = {"email": "ada@issuer.example", "email_verified": True}
        self.metadata: Bend = as_it_is
        self.jwks: Bend = as_it_is
        self.claims: Bend = as_it_is
        self.header: Bend = as_it_is
        self.tokens: Bend = as_it_is
        self.userinfo: Bend = as_it_is
        self.sign: Callable[[Json, Json], str] = self.signed
        self.answers: dict[str, Answer] = {}  # by path, in place of the usual ones
        self.grants: dict[str, Grant] = {}
        self.asked: list[str] = []  # paths, in order
        self.forms: list[Json] = []  # what came to the token endpoint

    def authorize(self, url: str) -> Json:
        """Do what its page does for a person who agrees."""
        query = {key: one for key, (one, *_) in parse_qs(urlsplit(url).query).items()}
        code = uuid4().hex
        self.grants[code] = Grant(query, self.subject)
        return {"code": code, "state": query["state"], "issuer": self.url}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer, or do what the test wants instead."""
        self.asked.append(request.path)
        if other := self.answers.get(request.path):
            return await other(request)
        match request.path:
            case "/.well-known/openid-configuration":
                return web.json_response(self.metadata(self._metadata()))
            case "/jwks":
                return web.json_response(self.jwks({"keys": [self.public()]}))
            case "/token":
                return await self._token(request)
            case "/userinfo":
                found = {"sub": self.subject, **self.email}
                return web.json_response(self.userinfo(found))
            case _:
                return web.Response(status=404)

    def public(self) -> Json:
        """Return its public key."""
        jwk: Json = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**jwk, "kid": self.kid, "use": "sig", "alg": "RS256"}

    def signed(self, claims: Json, header: Json) -> str:
        """Sign as it should."""
        return jwt.encode(claims, self.key, header["alg"], header)

    def _metadata(self) -> Json:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": True,
        }

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.forms.append(form)
        grant = self.grants.pop(form.get("code", ""), None)
        authenticated = credentials(request) == (CLIENT, SECRET)
        if not grant or not authenticated or not fits(grant, form):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": grant.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            **({"nonce": grant.query["nonce"]} if "nonce" in grant.query else {}),
            **self.email,
        }
        header = self.header({"alg": "RS256", "kid": self.kid, "typ": "JWT"})
        tokens = {
            "access_token": "an access token",
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self.sign(self.claims(claims), header),
        }
        return web.json_response(self.tokens(tokens))


def credentials(request: web.Request) -> tuple[str, str]:
    """Read who the client says it is (RFC 6749 2.3.1)."""
    _, _, encoded = request.headers.get("Authorization", "").partition(" ")
    name, _, secret = b64decode(encoded).decode().partition(":")
    return unquote(name), unquote(secret)


def fits(grant: Grant, form: Json) -> bool:
    """Check the redirect URI and the code verifier (RFC 7636)."""
    digest = sha256(form.get("code_verifier", "").encode()).digest()
    challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
    query = grant.query
    return (
        query.get("code_challenge_method") == "S256"
        and query.get("code_challenge") == challenge
        and query.get("redirect_uri") == form.get("redirect_uri")
    )


@asynccontextmanager
async def serving(key: RSAPrivateKey) -> AsyncIterator[HostileIssuer]:
    """Serve on a loopback port."""
    issuer = HostileIssuer(key)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", issuer.handle)
    runner = web.AppRunner(
        app, handler_cancellation=True, access_log=None, shutdown_timeout=0
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        issuer.url = f"http://127.0.0.1:{port}"
        yield issuer
    finally:
        await runner.cleanup()
