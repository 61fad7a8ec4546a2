"""What whoever sets providers up sees of them, and what is wrong with them."""

import asyncio
from collections.abc import Sequence

from services.auth.attempts.attempts import Attempts
from services.auth.identities.model import (
    IdentityProviderNotFound,
    IdentityProviderUnavailable,
    Untrusted,
)
from services.auth.identities.ports import IdentityProvider
from services.auth.identities.registration import Registration
from services.auth.identities.trips import SECONDS
from services.auth.sessions.model import Client


class Registrations:
    """Shows how Parley is known to the providers, and whether that can be used."""

    def __init__(
        self,
        providers: Sequence[IdentityProvider],
        *,
        redirect_uri: str,
        attempts: Attempts,
    ) -> None:
        self._providers = {each.provider.id: each for each in providers}
        self._attempts = attempts
        self.redirect_uri = redirect_uri

    def list(self) -> list[Registration]:
        """Return how Parley is known to each, in the order of their file."""
        return [each.registration for each in self._providers.values()]

    async def check(self, provider_id: str, *, client: Client) -> str:
        """Return what does not hold of what a provider says of itself, or nothing."""
        if not (provider := self._providers.get(provider_id)):
            raise IdentityProviderNotFound(provider=provider_id[:40])
        await self._attempts.count("identity", subject=None, address=client.address)
        try:
            async with asyncio.timeout(SECONDS):
                await provider.check()
        except Untrusted as error:
            return error.check
        except TimeoutError as error:
            raise IdentityProviderUnavailable from error
        return ""
