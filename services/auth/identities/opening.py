"""Opens what speaks with each provider of the configuration."""

from collections.abc import Sequence

from services.auth.identities.fetching import Fetcher
from services.auth.identities.github import GitHub
from services.auth.identities.openid import OpenId
from services.auth.identities.ports import IdentityProvider
from services.auth.identities.registration import Registration


def providers_of(
    registrations: Sequence[Registration], fetcher: Fetcher
) -> list[IdentityProvider]:
    """Make what speaks each provider's protocol."""
    return [
        GitHub(each, fetcher)
        if each.provider.kind == "github"
        else OpenId(each, fetcher)
        for each in registrations
    ]
