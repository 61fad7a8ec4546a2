"""What people do with the factors they have."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from services.auth.audit.origin import Origin
from services.auth.factors.model import (
    Factor,
    FactorKind,
    FactorNotFound,
    FactorRequired,
    NoFactor,
    display_name,
)
from services.auth.factors.ports import (
    FactorPolicy,
    OtherWays,
    StoredCodes,
    StoredFactors,
)
from services.auth.factors.recovery import hashed, new_codes
from services.auth.notices.notices import Notices
from services.auth.users.model import LastWayIn, User
from services.kit.pages import Page

log = logging.getLogger(__name__)

DEFAULT_NAMES: dict[FactorKind, str] = {
    "totp": "Authenticator app",
    "passkey": "Passkey",
}
REMOVED: dict[FactorKind, tuple[str, str]] = {
    "totp": ("factor.totp.remove", "An authenticator app was removed"),
    "passkey": ("passkey.remove", "A passkey was removed"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of factors, and what goes for all of them."""

    factors: Sequence[Factor]
    codes_left: int
    required: bool


class Factors:
    """Lists, renames and removes factors; makes new recovery codes."""

    def __init__(
        self,
        store: StoredFactors,
        codes: StoredCodes,
        *,
        policy: FactorPolicy,
        other_ways: OtherWays,
        notices: Notices,
    ) -> None:
        self._store = store
        self._codes = codes
        self._policy = policy
        self._other_ways = other_ways
        self._notices = notices

    async def page(self, user_id: UUID, page: Page) -> Listed:
        """List a user's factors."""
        return Listed(
            await self._store.factors(user_id, page),
            await self._codes.left(user_id),
            await self._policy.required(user_id),
        )

    async def rename(self, user_id: UUID, factor_id: UUID, name: str | None) -> Factor:
        """Change what a factor is called; None leaves it as it is."""
        found = await self._store.factor(user_id, factor_id)
        if not found:
            raise FactorNotFound
        if name is None:
            return found
        called = display_name(name, DEFAULT_NAMES[found.kind])
        changed = await self._store.rename(user_id, factor_id, called)
        if not changed:
            raise FactorNotFound
        return changed

    async def remove(self, user: User, factor_id: UUID, by: Origin) -> None:
        """Remove a factor, if it is there, and somebody can still sign in."""
        try:
            async with self._notices.together():
                gone = await self._store.delete(
                    user.id,
                    factor_id,
                    required=await self._policy.required(user.id),
                    others=partial(self._other_ways.exist, user.id),
                )
                if gone:
                    await self._removed(user, gone, by)
        except (LastWayIn, FactorRequired):
            subject = f"{user.name}/factors/{factor_id}"
            refused = by.event(
                "factor.remove", subject, actor=user.id, outcome="denied"
            )
            await self._notices.record(refused)
            raise

    async def _removed(self, user: User, gone: Factor, by: Origin) -> None:
        action, change = REMOVED[gone.kind]
        log.info("factor removed", extra={"factor": gone.name})
        event = by.event(action, gone.name, actor=user.id)
        await self._notices.changed(user, event, change)

    async def regenerate(self, user: User, by: Origin) -> Sequence[str]:
        """Make new recovery codes in place of all from before."""
        codes = new_codes()
        async with self._notices.together():
            if not await self._codes.replace(user.id, [hashed(code) for code in codes]):
                raise NoFactor
            log.info("recovery codes made anew", extra={"user": user.name})
            event = by.event("recovery.regenerate", user.name, actor=user.id)
            await self._notices.changed(user, event, "New recovery codes were made")
        return codes
