"""What the keys are that sign access tokens. No I/O, no protobuf, no SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.kit.errors import Kind, ServiceError
from services.kit.jwk import Jwk

State = Literal["next", "current", "previous", "withdrawn"]


class SigningKeysInFiles(ServiceError):
    """The signing keys of this Parley are kept in files, and changed there."""

    kind = Kind.PRECONDITION
    reason = "SIGNING_KEYS_IN_FILES"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """
    A key that signs from one time on, and is published until another.

    All that replicas decide follows from these times, so they need not talk about it.
    """

    id: str  # the thumbprint (RFC 7638)
    sealed: bytes = field(repr=False)  # the private half, PKCS #8
    public: Jwk
    create_time: datetime
    sign_time: datetime
    withdraw_time: datetime | None = None

    def published(self, now: datetime) -> bool:
        """Tell whether tokens that it signed are good."""
        return self.withdraw_time is None or now < self.withdraw_time


def current(keys: Iterable[SigningKey], now: datetime) -> SigningKey | None:
    """Return the key that signs now."""
    signing = [key for key in keys if key.published(now) and key.sign_time <= now]
    return max(signing, key=lambda key: (key.sign_time, key.id), default=None)


def state(key: SigningKey, keys: Sequence[SigningKey], now: datetime) -> State:
    """Say where a key is in its life."""
    if not key.published(now):
        return "withdrawn"
    if key.sign_time > now:
        return "next"
    signing = current(keys, now)
    return "current" if signing and signing.id == key.id else "previous"
