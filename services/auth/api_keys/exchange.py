"""How a key becomes an access token."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from time import monotonic
from uuid import UUID

from services.auth.api_keys.model import USED, ApiKey, ApiKeyInvalid
from services.auth.api_keys.ports import StoredApiKeys
from services.auth.api_keys.texts import KeyText
from services.auth.attempts.attempts import Attempts
from services.auth.sessions.model import AccessToken, Client, Grant
from services.auth.sessions.ports import Roles
from services.auth.sessions.tokens import AccessTokens
from services.auth.users.ports import Users
from services.kit.clock import Clock

log = logging.getLogger(__name__)

KEPT_SECONDS = 1.0  # how long a token is handed out again without a look at the key
REMEMBERED = 10_000  # keys that have been right
NO_HASH = bytes(32)
NEVER = datetime.fromtimestamp(0, UTC)  # when a key's owner last showed who they are


@dataclass(frozen=True, slots=True)
class Right:
    """A key that was right, and the token that it got."""

    key: ApiKey
    token: AccessToken
    until: float  # when the key is looked at again


class Exchange:
    """
    Gives access tokens for keys.

    An attempt is counted before the key is looked up. A key that was right before is
    no attempt: its owner is not shut out by what others try, and a busy program does
    not shut itself out.
    """

    def __init__(
        self,
        store: StoredApiKeys,
        users: Users,
        roles: Roles,
        *,
        attempts: Attempts,
        access_tokens: AccessTokens,
        clock: Clock,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._users = users
        self._roles = roles
        self._attempts = attempts
        self._access_tokens = access_tokens
        self._clock = clock
        self._seconds = seconds
        self._right: OrderedDict[UUID, Right] = OrderedDict()

    async def exchange(self, text: str, *, client: Client) -> Right:
        """Return a token for what a key may do now, or raise `ApiKeyInvalid`."""
        # What is mistyped or cut is nobody's key, and no guess.
        if not (shown := KeyText.parse(text)):
            raise ApiKeyInvalid
        right = self._right.get(shown.id)
        if right and not compare_digest(right.key.secret_hash, shown.secret_hash):
            right = None
        if right and self._seconds() < right.until:
            return right
        if not right:
            await self._attempts.count(
                "key", subject=shown.id.hex, address=client.address
            )
        key = await self._verified(shown)
        return self._remember(key, await self._token(key))

    async def _verified(self, shown: KeyText) -> ApiKey:
        """Find a key; one that there is not costs as much as a wrong one."""
        key = await self._store.key(shown.id)
        stored = key.secret_hash if key else NO_HASH
        if not compare_digest(stored, shown.secret_hash) or not key:
            log.info("API key refused")
            raise ApiKeyInvalid
        if key.expire_time <= self._clock():
            log.info("API key refused: expired", extra={"key": key.name})
            raise ApiKeyInvalid
        return key

    async def _token(self, key: ApiKey) -> AccessToken:
        now = self._clock()
        user = await self._users.user(key.user_id)
        if not user or user.disabled_time:
            log.info("API key refused: nobody's", extra={"key": key.name})
            raise ApiKeyInvalid
        if not key.last_use_time or key.last_use_time <= now - USED:
            await self._store.used(key.id, now)
        rights = await self._roles.rights(user.id, user.role)
        grant = Grant(
            user_id=user.id,
            key_id=key.id,
            scope=key.scopes & rights.scope,
            groups=rights.groups,
            methods=(),
            auth_time=NEVER,
            version=user.version,
        )
        return self._access_tokens.issue(grant, now)

    def _remember(self, key: ApiKey, token: AccessToken) -> Right:
        right = Right(key, token, self._seconds() + KEPT_SECONDS)
        self._right[key.id] = right
        self._right.move_to_end(key.id)
        if len(self._right) > REMEMBERED:
            self._right.popitem(last=False)
        return right
