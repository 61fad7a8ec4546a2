"""How people are sent to a provider, and come back."""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.auth.identities import secrets
from services.auth.identities.model import (
    Answer,
    Flow,
    IdentityDeclined,
    IdentityFlowEnded,
    IdentityProviderNotFound,
    IdentityProviderUnavailable,
    IdentityRefused,
    Person,
    Provider,
    Purpose,
    Untrusted,
)
from services.auth.identities.ports import IdentityProvider, StoredFlows
from services.auth.sessions.model import NEVER
from services.kit.clock import Clock
from services.kit.errors import ServiceError

log = logging.getLogger(__name__)

SECONDS = 10.0  # for all that a provider is asked at once; the edge waits longer
ERROR = re.compile(r"[a-z_]{1,40}", re.ASCII)  # RFC 6749 4.1.2.1


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send a browser, and what it has to keep."""

    url: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back, from where, and where to go on."""

    provider: Provider
    person: Person
    purpose: Purpose
    next: str

    def auth_time(self, now: datetime) -> datetime:
        """
        Tell when they last showed who they are, at the provider (ASVS 6.8.4).

        If it does not say, they have not, unless the configuration says otherwise.
        """
        if said := self.person.auth_time:
            return min(said, now)
        return now if self.provider.assume_fresh else NEVER


class Trips:
    """Sends people to providers. What does not hold when they come back is refused."""

    def __init__(
        self,
        providers: Sequence[IdentityProvider],
        flows: StoredFlows,
        *,
        redirect_uri: str,
        clock: Clock,
    ) -> None:
        self._providers = {each.provider.id: each for each in providers}
        self._flows = flows
        self._redirect_uri = redirect_uri
        self._clock = clock

    @property
    def providers(self) -> list[Provider]:
        """Return the providers, in the order of their file."""
        return [each.provider for each in self._providers.values()]

    def display_name(self, provider_id: str) -> str:
        """Return what a provider is called; one that is there no longer, its ID."""
        known = self._providers.get(provider_id)
        return known.provider.display_name if known else provider_id

    async def begin(
        self,
        provider_id: str,
        purpose: Purpose,
        *,
        user_id: UUID | None,
        cookie: str | None,
        next: str,
    ) -> Departure:
        """Send somebody off, bound to the secret of their browser."""
        if not (provider := self._providers.get(provider_id)):
            raise IdentityProviderNotFound(provider=provider_id[:40])
        browser = secrets.browser_secret(cookie)
        attempt = secrets.attempt(browser, purpose)
        flow = Flow(
            state_hash=secrets.hashed(attempt.state),
            browser_hash=secrets.hashed(browser),
            provider=provider_id,
            purpose=purpose,
            user_id=user_id,
            next=next,
            create_time=self._clock(),
        )
        try:
            url = await provider.authorization_url(
                attempt, redirect_uri=self._redirect_uri, anew=purpose == "again"
            )
        except Untrusted as error:
            raise self._refused(provider_id, error) from error
        await self._flows.begin(flow)
        return Departure(url, browser)

    async def end(
        self,
        answer: Answer,
        *purposes: Purpose,
        user_id: UUID | None,
        cookie: str | None,
    ) -> Arrival:
        """Tell who came back, if it is to whom and where they were sent from."""
        flow = await self._flow(answer, cookie)
        if flow.purpose not in purposes or flow.user_id != user_id:
            raise IdentityFlowEnded
        provider = self._providers.get(flow.provider)
        if not provider or not cookie or self._clock() >= flow.expire_time:
            raise IdentityFlowEnded
        if answer.error:
            known = ERROR.fullmatch(answer.error)
            raise IdentityDeclined(
                provider=flow.provider, error=answer.error if known else "unknown"
            )
        person = await self._person(provider, answer, cookie, flow)
        return Arrival(provider.provider, person, flow.purpose, flow.next)

    async def _flow(self, answer: Answer, cookie: str | None) -> Flow:
        """Take the flow of this state and browser, once."""
        if not cookie:
            raise IdentityFlowEnded
        flow = await self._flows.end(
            secrets.hashed(answer.state), secrets.hashed(cookie)
        )
        if not flow:
            raise IdentityFlowEnded
        return flow

    async def _person(
        self, provider: IdentityProvider, answer: Answer, cookie: str, flow: Flow
    ) -> Person:
        try:
            if not answer.code:
                raise Untrusted("no code")
            async with asyncio.timeout(SECONDS):
                return await provider.person(
                    answer,
                    secrets.attempt_of(cookie, answer.state),
                    redirect_uri=self._redirect_uri,
                    begun=flow.create_time,
                )
        except Untrusted as error:
            raise self._refused(flow.provider, error) from error
        except TimeoutError as error:
            raise IdentityProviderUnavailable from error

    def _refused(self, provider_id: str, error: Untrusted) -> ServiceError:
        log.warning(
            "an identity provider's answer was refused",
            extra={"provider": provider_id, "check": error.check},
        )
        return IdentityRefused(provider=provider_id)
