"""How a key becomes an access token."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from time import monotonic
from uuid import UUID

from services.auth.api_keys.model import USED, ApiKey, ApiKeyInvalid
from services.auth.api_keys.ports import StoredApiKeys
from services.auth.api_keys.refusals import Refusals, Why
from services.auth.api_keys.texts import KeyText
from services.auth.attempts.attempts import Attempts
from services.auth.sessions.model import ACCESS, NEVER, AccessToken, Client, Grant
from services.auth.sessions.ports import Roles
from services.auth.sessions.tokens import AccessTokens
from services.auth.users.ports import Users
from services.kit.clock import Clock

KEPT_SECONDS = 1.0  # how long a token is handed out again without a look at the key
REMEMBERED = 10_000  # keys that have been right
NO_HASH = bytes(32)


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
        refusals: Refusals,
        clock: Clock,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._users = users
        self._roles = roles
        self._attempts = attempts
        self._access_tokens = access_tokens
        self._refusals = refusals
        self._clock = clock
        self._seconds = seconds
        self._right: OrderedDict[UUID, Right] = OrderedDict()

    async def exchange(self, text: str, *, client: Client) -> Right:
        """Return a token for what a key may do now, or raise `ApiKeyInvalid`."""
        # What is mistyped or cut is nobody's key, and no guess.
        if not (shown := KeyText.parse(text)):
            raise await self._refusal("no key", None, client)
        right = self._right.get(shown.id)
        if right and not compare_digest(right.key.secret_hash, shown.secret_hash):
            right = None
        if right and self._seconds() < right.until:
            return right
        if not right:
            await self._attempts.count(
                "key", subject=shown.id.hex, address=client.address
            )
        try:
            key = await self._verified(shown, client)
            return self._remember(key, await self._token(key, client))
        except ApiKeyInvalid:
            # What was right is a guess from now on.
            if right:
                self._right.pop(shown.id, None)
            raise

    async def _verified(self, shown: KeyText, client: Client) -> ApiKey:
        """Find a key; one that there is not costs as much as a wrong one."""
        key = await self._store.key(shown.id)
        stored = key.secret_hash if key else NO_HASH
        if not compare_digest(stored, shown.secret_hash) or not key:
            why: Why = "wrong secret" if key else "unknown"
            raise await self._refusal(why, key, client)
        if key.expire_time <= self._clock():
            raise await self._refusal("expired", key, client)
        return key

    async def _token(self, key: ApiKey, client: Client) -> AccessToken:
        now = self._clock()
        user = await self._users.user(key.user_id)
        if not user or user.disabled_time:
            raise await self._refusal("owner away", key, client)
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
        # A token does not outlast its key.
        life = min(ACCESS, key.expire_time - now)
        return self._access_tokens.issue(grant, now, life=life)

    async def _refusal(
        self, why: Why, key: ApiKey | None, client: Client
    ) -> ApiKeyInvalid:
        await self._refusals.record(why, key, client)
        return ApiKeyInvalid()

    def _remember(self, key: ApiKey, token: AccessToken) -> Right:
        right = Right(key, token, self._seconds() + KEPT_SECONDS)
        self._right[key.id] = right
        self._right.move_to_end(key.id)
        if len(self._right) > REMEMBERED:
            self._right.popitem(last=False)
        return right
