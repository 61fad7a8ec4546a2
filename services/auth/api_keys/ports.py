"""Where API keys are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.api_keys.model import ApiKey
from services.kit.pages import Page


class StoredApiKeys(Protocol):
    """Stored API keys."""

    async def add(self, key: ApiKey, *, request_id: UUID | None) -> ApiKey | None:
        """
        Store a key; None if its user has as many as may be, or is gone.

        If the request made a key before, return that one: with the new secret, if it is
        the same in all that was asked for and was never used, else as it is.
        """

    async def list(self, user_id: UUID, page: Page) -> Sequence[ApiKey]:
        """Return a page of a user's keys, the newest first, and one more."""

    async def rename(
        self, user_id: UUID, key_id: UUID, display_name: str | None
    ) -> ApiKey | None:
        """Change what a key is called, if it is the user's; None leaves it."""

    async def delete(self, user_id: UUID, key_id: UUID) -> bool:
        """Delete a key, if it is the user's; False if it was gone."""

    async def key(self, key_id: UUID) -> ApiKey | None:
        """Return a key, whosever it is."""

    async def used(self, key_id: UUID, now: datetime) -> None:
        """Remember when a key was used, at most once a minute."""
