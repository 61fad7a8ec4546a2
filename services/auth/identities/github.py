"""GitHub, which speaks OAuth 2 and no OpenID Connect: its API says who it was."""

from datetime import datetime
from typing import Any

from services.auth.identities.fetching import Fetcher, object_of, text_of
from services.auth.identities.model import Answer, Attempt, Person, Provider, Untrusted
from services.auth.identities.openid import with_query
from services.auth.identities.people import shown
from services.auth.identities.registration import Registration
from services.auth.identities.secrets import challenge

MAX_EMAILS = 1_000


class GitHub:
    """Speaks GitHub's OAuth, with PKCE."""

    def __init__(self, registration: Registration, fetcher: Fetcher) -> None:
        self._registration = registration
        self._fetcher = fetcher

    @property
    def provider(self) -> Provider:
        """Return what everybody may see of it."""
        return self._registration.provider

    @property
    def registration(self) -> Registration:
        """Return how Parley is known to it."""
        return self._registration

    async def check(self) -> None:
        """Ask its API, which says where things are; GitHub describes itself nowhere."""
        object_of(await self._fetcher.get(self._registration.api))

    async def authorization_url(
        self, attempt: Attempt, *, redirect_uri: str, anew: bool
    ) -> str:
        """Return where to send a person; GitHub asks nobody anew who they are."""
        query = {
            "client_id": self._registration.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._registration.scopes),
            "state": attempt.state,
            "code_challenge": challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return with_query(f"{self._registration.issuer}/login/oauth/authorize", query)

    async def person(
        self, answer: Answer, attempt: Attempt, *, redirect_uri: str, begun: datetime
    ) -> Person:
        """Exchange a code for the person whom it speaks for, or raise `Untrusted`."""
        registration = self._registration
        issuers = ("", registration.issuer, f"{registration.issuer}/login/oauth")
        if answer.issuer not in issuers:
            raise Untrusted("iss of the response")
        form = {
            "client_id": registration.client_id,
            "client_secret": registration.client_secret,
            "code": answer.code,
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
        }
        url = f"{registration.issuer}/login/oauth/access_token"
        found = object_of(await self._fetcher.post(url, form))
        if "error" in found:  # comes with status 200
            raise Untrusted("code refused")
        token = text_of(found, "access_token")
        user = object_of(
            await self._fetcher.get(f"{registration.api}/user", token=token)
        )
        # The number, never the login: that changes hands.
        if type(user.get("id")) is not int or user["id"] <= 0:
            raise Untrusted("user without an ID")
        emails = await self._fetcher.get(f"{registration.api}/user/emails", token=token)
        email = primary(emails)
        return Person(
            issuer=registration.issuer,
            subject=str(user["id"]),
            email=email,
            email_verified=bool(email),
            display_name=shown(user.get("name")) or shown(user.get("login")),
        )


def primary(emails: Any) -> str:
    """Return the one address that GitHub has verified and its user has chosen."""
    if not isinstance(emails, list) or len(emails) > MAX_EMAILS:
        raise Untrusted("no list of addresses")
    for each in emails:
        if (
            isinstance(each, dict)
            and each.get("primary") is True
            and each.get("verified") is True
            and isinstance(each.get("email"), str)
        ):
            return str(each["email"])
    return ""
