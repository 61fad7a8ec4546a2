"""How all that others keep of a user is erased."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.auth.accounts.ports import DataOwner
from services.auth.roles.model import ACCOUNT
from services.auth.sessions.model import Grant
from services.auth.sessions.tokens import AccessTokens
from services.auth.users.model import User
from services.kit.clock import Clock

LIFE = timedelta(minutes=1)  # how long a token is good with which data is erased


class Erasing:
    """Asks the services that keep something of users."""

    def __init__(
        self,
        owners: Sequence[DataOwner],
        access_tokens: AccessTokens,
        *,
        clock: Clock,
    ) -> None:
        self._owners = owners
        self._access_tokens = access_tokens
        self._clock = clock

    async def erase(
        self,
        user: User,
        *,
        session_id: UUID | None,
        key_id: UUID | None = None,
        by: UUID | None = None,
        by_version: int = 0,
    ) -> None:
        """
        Have all erased that others keep of a user, or raise `Unavailable`.

        The token for it speaks for the user, says who in truth calls, if that is `by`
        another, is good for their account alone, ends after a minute, or with the
        session or key of who calls, and never leaves the services.
        """
        now = self._clock()
        grant = Grant(
            user_id=user.id,
            session_id=session_id,
            key_id=key_id,
            scope=frozenset({ACCOUNT}),
            methods=(),
            auth_time=now,
            version=user.version,
            impersonator=by,
            impersonator_version=by_version,
        )
        token = self._access_tokens.issue(grant, now, life=LIFE).token
        for owner in self._owners:
            await owner.erase(user.id, token=token)
