"""An OpenID Connect provider: Google, Microsoft and any other issuer."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from services.auth.identities.fetching import Fetcher, Json, object_of, text_of
from services.auth.identities.id_tokens import (
    Expected,
    Jwks,
    claims_of,
    header_of,
    key_for,
)
from services.auth.identities.model import Answer, Attempt, Person, Provider, Untrusted
from services.auth.identities.people import person_of
from services.auth.identities.registration import Registration
from services.auth.identities.secrets import challenge
from services.auth.sessions.model import IDLE

FRESH_SECONDS = 300.0  # how long what a provider says of itself is taken as true
MAX_KEYS = 100
VOUCHING = ("email_verified", "xms_edov")
MAX_AGE = str(int(IDLE.total_seconds()))  # as old as a session here may be
ISS_PROMISED = "authorization_response_iss_parameter_supported"


@dataclass(slots=True)
class Known:
    """What a provider said of itself, and when."""

    metadata: Json
    at: float
    keys: Jwks = field(default_factory=list)
    keys_at: float = float("-inf")


class OpenId:
    """Speaks OpenID Connect with one provider (code flow, PKCE, nonce, RFC 9207)."""

    def __init__(self, registration: Registration, fetcher: Fetcher) -> None:
        self._registration = registration
        self._fetcher = fetcher
        self._known: Known | None = None

    @property
    def provider(self) -> Provider:
        """Return what everybody may see of it."""
        return self._registration.provider

    @property
    def registration(self) -> Registration:
        """Return how Parley is known to it."""
        return self._registration

    async def check(self) -> None:
        """Ask it for its description and its keys, whatever is known of them."""
        self._known = None
        known = await self._described()
        await self._keys(known, anew=True)
        self._endpoint(known, "authorization_endpoint")
        self._endpoint(known, "token_endpoint")

    async def authorization_url(
        self, attempt: Attempt, *, redirect_uri: str, anew: bool
    ) -> str:
        """
        Return where to send a person.

        A provider that is told how long ago somebody may have signed in there has to
        say when it was (OpenID Connect Core 3.1.2.1, `max_age`).
        """
        known = await self._described()
        query = {
            "response_type": "code",
            "client_id": self._registration.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._registration.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge(attempt.verifier),
            "code_challenge_method": "S256",
            "max_age": "0" if anew else MAX_AGE,
        }
        return with_query(self._endpoint(known, "authorization_endpoint"), query)

    async def person(
        self, answer: Answer, attempt: Attempt, *, redirect_uri: str, begun: datetime
    ) -> Person:
        """Exchange a code for the person whom it speaks for, or raise `Untrusted`."""
        known = await self._described()
        self._check_response_issuer(known, answer)
        tokens = await self._redeem(known, answer, attempt, redirect_uri)
        access_token = text_of(tokens, "access_token")
        if str(tokens.get("token_type")).lower() != "bearer":
            raise Untrusted("no bearer token")
        claims = await self._claims(
            known,
            text_of(tokens, "id_token"),
            Expected(nonce=attempt.nonce, access_token=access_token, begun=begun),
        )
        if "email" not in claims and "userinfo_endpoint" in known.metadata:
            claims = await self._with_userinfo(known, claims, access_token)
        return person_of(claims, self._registration)

    def _check_response_issuer(self, known: Known, answer: Answer) -> None:
        """Refuse the answer of another provider (mix-up, RFC 9207)."""
        promised = known.metadata.get(ISS_PROMISED) is True
        if (answer.issuer or promised) and answer.issuer != known.metadata["issuer"]:
            raise Untrusted("iss of the response")

    async def _redeem(
        self, known: Known, answer: Answer, attempt: Attempt, redirect_uri: str
    ) -> Json:
        registration = self._registration
        form = {
            "grant_type": "authorization_code",
            "code": answer.code,
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
        }
        authorization = ""
        if registration.client_auth == "basic":
            authorization = basic(registration.client_id, registration.client_secret)
        else:
            form["client_id"] = registration.client_id
        if registration.client_auth == "post":
            form["client_secret"] = registration.client_secret
        endpoint = self._endpoint(known, "token_endpoint")
        tokens = await self._fetcher.post(endpoint, form, authorization=authorization)
        return object_of(tokens)

    async def _claims(self, known: Known, token: str, expected: Expected) -> Json:
        algorithm, kid = header_of(token)
        for allowed in self._registration.algorithms:
            if allowed == algorithm:
                break
        else:
            raise Untrusted("ID token: alg")
        key = key_for(await self._keys(known), allowed, kid)
        if key is None:
            key = key_for(await self._keys(known, anew=True), allowed, kid)
        if key is None:
            raise Untrusted("ID token: no such key")
        return claims_of(token, key, allowed, self._registration, expected)

    async def _with_userinfo(self, known: Known, claims: Json, token: str) -> Json:
        endpoint = self._endpoint(known, "userinfo_endpoint")
        found = object_of(await self._fetcher.get(endpoint, token=token))
        if found.get("sub") != claims["sub"]:
            raise Untrusted("userinfo of another subject")
        said = {name: found.get(name) for name in ("email", *VOUCHING, "name")}
        return {**claims, **said}

    async def _described(self) -> Known:
        """Return the provider's description, of which the issuer has to be its own."""
        if self._known and monotonic() - self._known.at < FRESH_SECONDS:
            return self._known
        found = object_of(await self._fetcher.get(self._registration.metadata))
        if found.get("issuer") != self._registration.issuer:
            raise Untrusted("issuer of the metadata")
        self._known = Known(found, monotonic())
        return self._known

    async def _keys(self, known: Known, *, anew: bool = False) -> Jwks:
        if not anew and monotonic() - known.keys_at < FRESH_SECONDS:
            return known.keys
        found = await self._fetcher.get(self._endpoint(known, "jwks_uri"))
        known.keys, known.keys_at = keys_of(object_of(found)), monotonic()
        return known.keys

    def _endpoint(self, known: Known, name: str) -> str:
        url = text_of(known.metadata, name)
        if not self._registration.allows(url):
            raise Untrusted(f"{name} at another place")
        return url


def keys_of(found: Json) -> Jwks:
    """Read a JWK set; what is no key is passed over."""
    keys: Any = found.get("keys")
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise Untrusted("no JWK set")
    return [key for key in keys if isinstance(key, dict)]


def with_query(url: str, query: dict[str, str]) -> str:
    """Add to an address, which may have a query already."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def basic(client_id: str, secret: str) -> str:
    """Authenticate a client (RFC 6749 2.3.1: each part is encoded before)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
