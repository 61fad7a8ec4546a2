"""How Parley is known to an identity provider, and what it accepts from it."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from services.auth.identities.model import Provider

ClientAuth = Literal["basic", "post", "none"]
Algorithm = Literal["RS256", "ES256", "PS256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "ES256", "PS256", "EdDSA")

LOOPBACK = ("localhost", "127.0.0.1", "::1")
GOOGLE = "https://accounts.google.com"
GOOGLE_HOSTS = (
    "oauth2.googleapis.com",
    "www.googleapis.com",
    "openidconnect.googleapis.com",
)
GITHUB, GITHUB_API = "https://github.com", "https://api.github.com"
MICROSOFT = "https://login.microsoftonline.com/{tenantid}/v2.0"
MICROSOFT_HOSTS = ("graph.microsoft.com",)
TENANT = "{tenantid}"  # what an issuer of many tenants has in its tenant's place


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """
    Parley at one provider.

    `issuer` may hold `{tenantid}`: then each tenant is an issuer, and `tenants` says
    which, or that all are. `metadata` is where its description is. GitHub has none, but
    an `api`.
    """

    provider: Provider
    issuer: str
    metadata: str
    client_id: str
    client_secret: str = field(repr=False)
    client_auth: ClientAuth
    scopes: tuple[str, ...]
    algorithms: tuple[Algorithm, ...] = ALGORITHMS
    hosts: frozenset[str] = frozenset()
    tenants: frozenset[str] = frozenset()
    api: str = ""

    def allows(self, url: object) -> bool:
        """
        Tell whether an address that the provider names may be asked.

        It is at the issuer's own place, or at one that the configuration lists: a
        provider sends Parley nowhere else, least of all into the network it stands in.
        """
        if not isinstance(url, str):
            return False
        try:
            found, own = urlsplit(url), urlsplit(self.metadata)
            place, port = found.hostname, found.port
        except ValueError:
            return False
        if not place or found.username or found.password or found.fragment:
            return False
        if (found.scheme, place, port) == (own.scheme, own.hostname, own.port):
            return True
        named = place if port in (None, 443) else f"{place}:{port}"
        return found.scheme == "https" and named in self.hosts


def is_safe(url: str) -> bool:
    """Tell whether a configured address is encrypted, or stays on this machine."""
    try:
        found = urlsplit(url)
        found.port  # noqa: B018 - raises if it is none
    except ValueError:
        return False
    if found.username or found.password or found.query or found.fragment:
        return False
    return bool(found.hostname) and (
        found.scheme == "https"
        or (found.scheme == "http" and found.hostname in LOOPBACK)
    )
