"""Where signing keys are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.keys.model import SigningKey


class StoredKeys(Protocol):
    """Stored signing keys."""

    async def all(self) -> Sequence[SigningKey]:
        """Return the keys, the latest first; of withdrawn ones only the last few."""

    async def add(
        self,
        key: SigningKey,
        *,
        withdraw_time: datetime,
        unless_since: datetime,
        request_id: UUID | None,
    ) -> bool:
        """
        Store a key, and have the others withdrawn at a time.

        Changes nothing, and returns False, if one signs from after `unless_since` on,
        or if the request was made before.
        """

    async def replace(self, key: SigningKey, *, request_id: UUID | None) -> bool:
        """
        Store a key that signs at once, and withdraw and revoke all others.

        Changes nothing, and returns False, if the request was made before.
        """

    async def forget(self, now: datetime) -> None:
        """Forget the private half of withdrawn keys."""
