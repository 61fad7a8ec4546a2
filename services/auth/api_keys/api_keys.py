"""How people make and revoke keys for their programs."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.auth.api_keys.model import (
    MAX_KEYS,
    ApiKey,
    ApiKeyNotFound,
    TooManyApiKeys,
    Wanted,
    expiry,
)
from services.auth.api_keys.ports import StoredApiKeys
from services.auth.api_keys.texts import KeyText
from services.auth.notices.notices import Notices
from services.auth.revocations.ports import Revocations
from services.auth.sessions.model import Client
from services.auth.users.model import UserNotFound
from services.auth.users.ports import Users
from services.kit.clock import Clock
from services.kit.errors import RequestIdReused
from services.kit.pages import Page

log = logging.getLogger(__name__)

# What its owner is told by mail.
CHANGES = {
    "key.create": "An API key was made",
    "key.delete": "An API key was revoked",
}


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key, and its text, which nobody can be shown again."""

    key: ApiKey
    text: str = field(repr=False)


class ApiKeys:
    """Creates, lists, renames and revokes keys."""

    def __init__(
        self,
        store: StoredApiKeys,
        *,
        users: Users,
        revocations: Revocations,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._revocations = revocations
        self._notices = notices
        self._clock = clock

    async def create(self, user_id: UUID, wanted: Wanted, *, client: Client) -> NewKey:
        """Create a key; a retry gives the key of the first try a new secret."""
        now = self._clock()
        made = KeyText.make(uuid4())
        key = ApiKey(
            id=made.id,
            user_id=user_id,
            display_name=wanted.display_name,
            secret_hash=made.secret_hash,
            scopes=wanted.scopes,
            create_time=now,
            expire_time=expiry(wanted.expire_time, now),
        )
        async with self._notices.together():
            stored = await self._store.add(key, request_id=wanted.request_id)
            if not stored:
                raise TooManyApiKeys(maximum=MAX_KEYS)
            if stored.secret_hash != key.secret_hash:
                raise RequestIdReused
            log.info("API key made", extra={"key": stored.name})
            await self._changed("key.create", stored, client)
        return NewKey(stored, KeyText(stored.id, made.secret).text)

    async def page(self, user_id: UUID, page: Page) -> Sequence[ApiKey]:
        """Return a page of a user's keys, the newest first, and one more."""
        return await self._store.list(user_id, page)

    async def rename(
        self, user_id: UUID, key_id: UUID, display_name: str | None
    ) -> ApiKey:
        """Change what a key is called; None leaves it."""
        if key := await self._store.rename(user_id, key_id, display_name):
            return key
        raise ApiKeyNotFound(api_key=f"users/{user_id}/apiKeys/{key_id}")

    async def revoke(self, user_id: UUID, key_id: UUID, *, client: Client) -> None:
        """Delete a key, if it is there, and have its tokens refused everywhere."""
        key = await self._store.key(key_id)
        if not key or key.user_id != user_id:
            return
        async with self._notices.together():
            await self._revocations.key(key_id)
            if await self._store.delete(user_id, key_id):
                log.info("API key revoked", extra={"key": key.name})
                await self._changed("key.delete", key, client)

    async def _changed(self, action: str, key: ApiKey, client: Client) -> None:
        """Tell the log and the user."""
        event = client.event(
            action,
            key.name,
            actor=key.user_id,
            details={"scopes": " ".join(sorted(key.scopes))},
        )
        user = await self._users.user(key.user_id)
        if not user:
            raise UserNotFound(user=f"users/{key.user_id}")
        change = f"{CHANGES[action]}: {key.display_name or key.id}"
        await self._notices.changed(user, event, change)
