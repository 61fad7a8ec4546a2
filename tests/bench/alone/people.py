"""Users of a Parley that was started here: signed for with the key of its auth."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from services.auth.roles.model import OWNER
from services.auth.sessions.model import Grant
from services.auth.sessions.tokens import AccessTokens
from tests.identity import bearing
from tests.signing import signing_key

Metadata = tuple[tuple[str, str], ...]


class People:
    """Signs access tokens as auth does, for as many users as are wanted."""

    def __init__(self, state: Path) -> None:
        self._tokens = AccessTokens(signing_key(state))

    def token(self, user: UUID) -> str:
        """Let a user in for the next five minutes."""
        now = datetime.now(UTC)
        return self._tokens.issue(
            Grant(
                user_id=user,
                session_id=uuid4(),
                scope=OWNER,
                methods=["pwd"],
                auth_time=now,
                version=1,
            ),
            now,
        ).token

    def metadata(self, user: UUID) -> Metadata:
        """Return what a call carries for that."""
        return bearing(self.token(user))
