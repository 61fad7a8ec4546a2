"""Seeds that an older key has sealed are sealed anew, so that it can be given up."""

import logging
from typing import Protocol
from uuid import UUID

from services.auth.factors.model import Seed
from services.auth.factors.ports import StoredFactors
from services.auth.factors.proving import context
from services.auth.sealing.sealer import SealBroken, Sealer

log = logging.getLogger(__name__)

AT_ONCE = 500


class OlderSeeds(Protocol):
    """Seeds of apps, by what has sealed them."""

    async def older(self, version: str, limit: int) -> list[tuple[UUID, Seed]]:
        """Return some that another key than this has sealed, and whose they are."""


class Resealing:
    """Has the current key seal everything, of people who do not sign in, too."""

    def __init__(
        self, seeds: OlderSeeds, store: StoredFactors, *, sealer: Sealer
    ) -> None:
        self._seeds = seeds
        self._store = store
        self._sealer = sealer

    async def round(self) -> int:
        """Seal some anew; return how many."""
        found = await self._seeds.older(self._sealer.current, AT_ONCE)
        return sum([await self._anew(user_id, seed) for user_id, seed in found])

    async def _anew(self, user_id: UUID, seed: Seed) -> bool:
        what = context(user_id, seed.id)
        try:
            plain = self._sealer.open(seed.sealed, context=what)
        except SealBroken:
            log.error("a seed cannot be opened", extra={"factor": str(seed.id)})
            return False
        await self._store.seal_anew(seed, self._sealer.seal(plain, context=what))
        return True
