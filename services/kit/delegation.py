"""Tokens with which a service calls another one on a user's behalf (RFC 8693)."""

from collections import OrderedDict
from collections.abc import Collection
from time import monotonic, time
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from services.kit.caller import TOKEN_TYPE, Issuer
from services.kit.jwk import ALGORITHM, to_jwk

LIFE_SECONDS = 60
REUSE_SECONDS = 30.0  # half a life: what is handed out has as much left
REMEMBERED = 10_000  # users whose token is kept, so that a busy one costs one signature
Subject = tuple[UUID, frozenset[UUID]]
NO_GROUPS: frozenset[UUID] = frozenset()


class Delegation:
    """
    Signs for any user, without asking them.

    So whoever holds the key can call the one service that trusts it, for anybody, and
    no other service.
    """

    def __init__(self, key: EllipticCurvePrivateKey, issuer: Issuer) -> None:
        self._key = key
        self._issuer = issuer
        self._kid = to_jwk(key)["kid"]
        self._issued: OrderedDict[Subject, tuple[float, str]] = OrderedDict()

    def token(self, user_id: UUID, groups: frozenset[UUID] = NO_GROUPS) -> str:
        """
        Return a token that speaks for a user, good for half a minute at least.

        `groups` are those that they are in, as the token they came with said.
        """
        subject = user_id, groups
        if kept := self._issued.get(subject):
            issued, token = kept
            if monotonic() - issued < REUSE_SECONDS:
                return token
            del self._issued[subject]
        token = self._sign(user_id, groups)
        self._issued[subject] = monotonic(), token
        if len(self._issued) > REMEMBERED:
            self._issued.popitem(last=False)
        return token

    def _sign(self, user_id: UUID, groups: Collection[UUID]) -> str:
        now = int(time())
        claims: dict[str, object] = {
            "iss": self._issuer.name,
            "aud": self._issuer.audience,
            "sub": str(user_id),
            "act": {"sub": self._issuer.actor},
            "iat": now,
            "exp": now + LIFE_SECONDS,
        }
        if groups:
            claims["groups"] = sorted(map(str, groups))
        headers = {"typ": TOKEN_TYPE, "kid": self._kid}
        return jwt.encode(claims, self._key, ALGORITHM, headers)
