"""Who is calling: every service verifies the access token itself (RFC 9068)."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic, time
from types import MappingProxyType
from typing import Any
from uuid import UUID

import jwt

from services.kit.errors import Kind, ServiceError, Unavailable
from services.kit.jwk import ALGORITHM, Jwk
from services.kit.revocations import EVERY, Revocations
from services.kit.strict import parts

ISSUER = "parley"
AUDIENCE = "parley"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type
CLAIMS = ("iss", "aud", "sub", "iat", "exp")
FRESH_SECONDS = 600.0  # how long having shown who one is counts (`Access.fresh`)
LEEWAY_SECONDS = 3.0  # how far the clocks of two machines may be apart
KEYS_SECONDS = 300.0  # how long the key set is taken as fresh
REFETCH_SECONDS = 5.0  # how often an unknown key may ask for it again
# No token of ours lives as long, and what is revoked is remembered no longer.
LONGEST_SECONDS = 600.0
KNOWN_SECONDS = 2.0  # how long a call waits, after the start, for what is revoked
REMEMBERED = 10_000  # verified tokens kept, so that a busy caller costs one check

# What a token comes to that auth did not write.
FORGED = (
    jwt.InvalidTokenError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
)
CALLER: ContextVar["Caller"] = ContextVar("caller")
NAMED: ContextVar["Caller"] = ContextVar("named")  # whom a token names, allowed or not

FetchKeys = Callable[[], Awaitable[Sequence[Jwk]]]


class AuthUnavailable(Unavailable):
    """The keys of access tokens cannot be had now. Try again in a moment."""


class Unauthenticated(ServiceError):
    """Sign in first: the access token is missing, expired or not valid."""

    kind = Kind.UNAUTHENTICATED
    reason = "UNAUTHENTICATED"


class TokenRevoked(Unauthenticated):
    """The access token is no longer good: refresh the session, or sign in again."""


class Forbidden(ServiceError):
    """This is not yours."""

    kind = Kind.FORBIDDEN
    reason = "FORBIDDEN"


class ReauthenticationRequired(ServiceError):
    """Show once more who you are, and try again."""

    kind = Kind.PRECONDITION
    reason = "REAUTHENTICATION_REQUIRED"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs tokens and for whom. A key is good for its own issuer alone."""

    name: str
    audience: str
    actor: str | None  # the service that acts for the user (RFC 8693); None: themselves


def delegate(actor: str, *, to: str) -> Issuer:
    """Return the issuer that a service is when it calls another one for a user."""
    return Issuer(f"{ISSUER}-{actor}", f"{AUDIENCE}-{to}", actor)


AUTH = Issuer(ISSUER, AUDIENCE, None)
NOTHING: frozenset[str] = frozenset()
NOBODY: Mapping[Issuer, Sequence[Jwk]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """
    A user, as a verified access token names it.

    `actor` is the service that calls for them (RFC 8693), and then nothing is said of
    session and scope; None if they call themselves, with a session or a key. A service
    that acts for a user is let in whatever has happened to them since.
    """

    user_id: UUID
    session_id: UUID | None = None
    key_id: UUID | None = None
    token_id: UUID | None = None  # of one to act as somebody, which may be ended itself
    token: str = field(repr=False)
    expire_time: float
    actor: str | None = None
    scope: frozenset[str] = NOTHING
    groups: frozenset[UUID] = frozenset()
    auth_time: float = 0.0  # when they last showed who they are
    version: int = 0  # which state of the user the token was issued for
    impersonator: UUID | None = None  # the user who in truth calls
    impersonator_version: int = 0  # which state of them


def current() -> Caller:
    """Return who makes the call that is being served."""
    try:
        return CALLER.get()
    except LookupError:
        raise Unauthenticated from None


def require(owner: UUID) -> Caller:
    """Let only `owner` through, whether or not what it asks for exists (AIP-211)."""
    caller = current()
    if caller.user_id != owner:
        raise Forbidden
    return caller


def require_fresh(caller: Caller) -> None:
    """Refuse who has not shown lately who they are."""
    if time() - caller.auth_time > FRESH_SECONDS:
        raise ReauthenticationRequired


class Verifier:
    """
    Turns access tokens into callers, with the keys that auth publishes.

    `trusted` are the keys of services that may call this one on a user's behalf.
    `revocations` is what is refused although its token is good.
    """

    def __init__(
        self,
        fetch: FetchKeys,
        trusted: Mapping[Issuer, Sequence[Jwk]] = NOBODY,
        *,
        revocations: Revocations | None = None,
    ) -> None:
        self._fetch = fetch
        self._revocations = revocations or Revocations()
        self._revocations.on_signing_key(self._forget)
        self._trusted = {
            key["kid"]: (issuer, jwt.PyJWK(key, ALGORITHM))
            for issuer, keys in trusted.items()
            for key in keys
        }
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = -KEYS_SECONDS
        self._fetching = asyncio.Lock()
        # Until when each is good, at most as long as a key set is taken as fresh: who
        # stole a key may have written any time of expiry.
        self._verified: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """Return who a token speaks for, or raise `Unauthenticated`."""
        if known := self._verified.get(token):
            until, caller = known
            if until > time():
                return self._good(caller)
            del self._verified[token]
            if caller.expire_time <= time():
                raise Unauthenticated
        caller = await self._check(token)
        until = min(caller.expire_time, time() + KEYS_SECONDS)
        self._verified[token] = until, caller
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return self._good(caller)

    def lasting(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        """Run a block until its caller is revoked; then raise `TokenRevoked` in it."""
        return self._revocations.lasting(caller, TokenRevoked)

    def _good(self, caller: Caller) -> Caller:
        if self._revocations.hold(caller):
            raise TokenRevoked
        return caller

    def _forget(self) -> None:
        """Take nothing for good any more that was found so before."""
        self._verified.clear()
        self._keys.clear()
        self._fetched = -KEYS_SECONDS

    async def _check(self, token: str) -> Caller:
        try:
            header, claims = parts(token)
            if header["typ"] != TOKEN_TYPE or not isinstance(header["kid"], str):
                raise Unauthenticated
            if "crit" in header or claims["exp"] > time() + LONGEST_SECONDS:
                raise Unauthenticated
            issuer, key = await self._key(header["kid"])
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=issuer.name,
                audience=issuer.audience,
                leeway=LEEWAY_SECONDS,
                options={"require": list(CLAIMS)},
            )
            caller = caller_of(token, claims, issuer)
        except FORGED as error:
            raise Unauthenticated from error
        if caller.actor is None:
            await self._until_known()
            # Who was asked for keys may not have heard of it when it gave this one.
            if self._revocations.hold_signing_key(header["kid"]):
                raise TokenRevoked
        return caller

    async def _until_known(self) -> None:
        try:
            await self._revocations.until_known(KNOWN_SECONDS)
        except TimeoutError as error:
            raise AuthUnavailable(part="auth", retry_seconds=1) from error

    async def _key(self, kid: str) -> tuple[Issuer, jwt.PyJWK]:
        """Find a key and its owner; ask auth again when its set is old or lacks it."""
        if trusted := self._trusted.get(kid):
            return trusted
        age = monotonic() - self._fetched
        if age > KEYS_SECONDS or (kid not in self._keys and age > REFETCH_SECONDS):
            async with self._fetching:
                if monotonic() - self._fetched >= age:
                    await self._refresh()
        if kid not in self._keys:
            raise Unauthenticated
        return AUTH, self._keys[kid]

    async def _refresh(self) -> None:
        try:
            keys = await self._fetch()
        except ServiceError:
            # Keys that were good stay good while auth is away.
            if not self._keys:
                raise
        else:
            self._keys = {
                key["kid"]: jwt.PyJWK(key, ALGORITHM)
                for key in keys
                # Of a replica that has not heard of it yet.
                if not self._revocations.hold_signing_key(key["kid"])
            }
        self._fetched = monotonic()


def caller_of(token: str, claims: Mapping[str, Any], issuer: Issuer) -> Caller:
    """Read the claims of a genuine token."""
    user, expire_time = UUID(claims["sub"]), float(claims["exp"])
    groups = frozenset(map(UUID, claims.get("groups", ())))
    if issuer.actor is not None:
        if claims["act"] != {"sub": issuer.actor}:
            raise Unauthenticated
        return Caller(
            user_id=user,
            token=token,
            expire_time=expire_time,
            actor=issuer.actor,
            groups=groups,
            version=EVERY,
        )
    key, acting = claims.get("key"), claims.get("act")
    return Caller(
        user_id=user,
        session_id=None if key else UUID(claims["sid"]),
        key_id=UUID(key) if key else None,
        token_id=UUID(claims["jti"]) if acting else None,
        token=token,
        expire_time=expire_time,
        scope=frozenset(claims["scope"].split()),
        groups=groups,
        auth_time=float(claims["auth_time"]),
        version=int(claims["ver"]),
        impersonator=UUID(acting["sub"]) if acting else None,
        # A token from before this was said: any change of them ends it.
        impersonator_version=int(acting.get("ver", 0)) if acting else 0,
    )
