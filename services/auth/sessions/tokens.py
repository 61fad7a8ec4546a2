"""Access tokens that anyone can verify, and refresh tokens that only auth can."""

import hmac
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from services.auth.sessions.model import ACCESS, AccessToken, Grant, Session
from services.kit.caller import AUDIENCE, ISSUER, TOKEN_TYPE
from services.kit.errors import Unavailable
from services.kit.jwk import ALGORITHM, Jwk, base64url, content, to_jwk

REFRESH_KEY_BYTES = 32

# {session id}.{counter}.{HMAC-SHA256, base64url}
REFRESH_TOKEN = re.compile(r"([0-9a-f]{32})\.([1-9][0-9]{0,8})\.[\w-]{43}", re.ASCII)


class AccessTokens:
    """
    Signs access tokens (RFC 9068) and publishes the key to verify them with.

    `published` are public keys beside it: one that signs soon, or did until now, so
    that nothing is refused while replicas change from one key to the next.
    """

    def __init__(
        self, key: EllipticCurvePrivateKey | None, published: Sequence[Jwk] = ()
    ) -> None:
        self._key: EllipticCurvePrivateKey | None = None
        self._kid = ""
        self._jwks: Sequence[Jwk] = published
        if key:
            self.turn(key, published)

    def turn(self, key: EllipticCurvePrivateKey, published: Sequence[Jwk]) -> None:
        """Sign with this key from now on."""
        jwk = to_jwk(key)
        others = {jwk["kid"]: jwk for jwk in published}
        self._key, self._kid = key, jwk["kid"]
        self._jwks = list({**others, jwk["kid"]: jwk}.values())

    def issue(
        self, grant: Grant, now: datetime, *, life: timedelta = ACCESS
    ) -> AccessToken:
        """Sign a token that says what is granted."""
        if self._key is None:
            raise Unavailable(part="signing keys", retry_seconds=1)
        expire_time = (now + life).replace(microsecond=0)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int(expire_time.timestamp()),
            "jti": str(uuid4()),
            **claims_of(grant),
        }
        headers = {"typ": TOKEN_TYPE, "kid": self._kid}
        token = jwt.encode(claims, self._key, ALGORITHM, headers)
        return AccessToken(token, expire_time)

    async def jwks(self) -> Sequence[Jwk]:
        """Return the public keys (RFC 7517), as `kit.caller.Verifier` fetches them."""
        return self._jwks


def claims_of(grant: Grant) -> dict[str, object]:
    """Say what is granted as claims (RFC 9068); what is not said is not there."""
    claims: dict[str, object] = {
        "sub": str(grant.user_id),
        "scope": " ".join(sorted(grant.scope)),
        "amr": [*grant.methods],
        "auth_time": int(grant.auth_time.timestamp()),
        "ver": grant.version,
    }
    if grant.session_id:
        claims["sid"] = str(grant.session_id)
    if grant.key_id:
        claims["key"] = str(grant.key_id)
    if grant.groups:
        claims["groups"] = [str(group) for group in grant.groups]
    if grant.impersonator:
        claims["act"] = {
            "sub": str(grant.impersonator),
            "ver": grant.impersonator_version,
        }
    return claims


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a genuine refresh token says."""

    session_id: UUID
    counter: int


class RefreshTokens:
    """
    Makes refresh tokens out of a session's ID and counter, and knows its own.

    Nothing of them need be stored: who reads the database cannot make one, and the same
    counter always gives the same token.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, session: Session) -> str:
        """Return a session's current token."""
        return self._sign(session.id, session.counter)

    def read(self, token: str) -> RefreshToken | None:
        """Read a token, if it is genuine."""
        if not (found := REFRESH_TOKEN.fullmatch(token)):
            return None
        read = RefreshToken(UUID(found[1]), int(found[2]))
        genuine = self._sign(read.session_id, read.counter)
        return read if hmac.compare_digest(token, genuine) else None

    def _sign(self, session_id: UUID, counter: int) -> str:
        text = f"{session_id.hex}.{counter}"
        # The prefix keeps these apart from anything else the key may ever sign.
        message = f"parley refresh token|{text}".encode()
        return f"{text}.{base64url(hmac.digest(self._key, message, 'sha256'))}"


def read_refresh_key(path: Path) -> bytes:
    """Read the key that signs refresh tokens, or raise ValueError."""
    expected = f"expected {REFRESH_KEY_BYTES} random bytes in base64"
    text = content(path).strip()
    try:
        key = b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(f"{path}: {expected}") from error
    if len(key) != REFRESH_KEY_BYTES:
        raise ValueError(f"{path}: {expected}")
    return key
