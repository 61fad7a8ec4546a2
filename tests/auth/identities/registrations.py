"""How Parley is known to the providers that tests play."""

from typing import Any

from services.auth.identities.file import ProviderPart
from services.auth.identities.registration import Registration
from tests.doubles import github_server, hostile_issuer
from tests.doubles.github_server import GitHubServer
from tests.doubles.hostile_issuer import HostileIssuer

REDIRECT = "https://parley.example/sign-in/callback"


def registered(issuer: HostileIssuer, **differently: Any) -> Registration:
    """Register at the issuer, as a file of providers would say it."""
    said = {
        "id": "issuer",
        "kind": "oidc",
        "display_name": "Issuer",
        "issuer": issuer.url,
        "client_id": hostile_issuer.CLIENT,
        "client_secret": "SECRET",
        "trust_email": True,
        "sign_up": True,
        **differently,
    }
    return ProviderPart.model_validate(said).registration(hostile_issuer.SECRET)


def at_github(github: GitHubServer, **differently: Any) -> Registration:
    """Register at GitHub."""
    said = {
        "id": "github",
        "kind": "github",
        "client_id": github_server.CLIENT,
        "client_secret": "SECRET",
        "url": github.url,
        "api_url": github.api,
        "trust_email": True,
        "sign_up": True,
        **differently,
    }
    return ProviderPart.model_validate(said).registration(github_server.SECRET)
