"""A real auth inside a test's process, whose tokens somebody else signs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from secrets import token_bytes

from argon2 import PasswordHasher

from services.auth.__main__ import SERVICES, servicers
from services.auth.accounts.ports import DataOwner
from services.auth.attempts.counters import FallbackCounter, LocalCounter, RedisCounter
from services.auth.audit.nothing import NoAudit
from services.auth.mail.nothing import NoMailer
from services.auth.passwords.passwords import Passwords
from services.auth.revocations.nothing import NoRevocations
from services.auth.sessions.proving import NoSecondFactors
from services.auth.sessions.tokens import AccessTokens, RefreshTokens
from services.kit.caller import Verifier
from services.kit.interceptors import bearer
from services.kit.jwk import Jwk
from services.kit.postgres import Database
from services.kit.server import serving
from tests.identity import Identity
from tests.serving import ANY_PORT


async def published(identity: Identity, tokens: AccessTokens) -> Sequence[Jwk]:
    """The key under both of its names: the issuer's in tests, and auth's own."""
    return [*await identity.fetch(), *await tokens.jwks()]


@asynccontextmanager
async def auth_serving(
    database_url: str,
    redis_url: str,
    identity: Identity,
    owners: Sequence[DataOwner] = (),
) -> AsyncIterator[str]:
    """Serve auth over a database and Redis; yield its address."""
    access_tokens = AccessTokens(identity.key)
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with Passwords.open(hasher) as passwords:
        async with (
            Database.connect(database_url) as database,
            RedisCounter.connect(redis_url) as counter,
            serving(
                *servicers(
                    database,
                    FallbackCounter(counter, LocalCounter()),
                    passwords=passwords,
                    access_tokens=access_tokens,
                    refresh_tokens=RefreshTokens(token_bytes(32)),
                    owners=owners,
                    factors=NoSecondFactors(),
                    audit=NoAudit(),
                    mailer=NoMailer(),
                    revocations=NoRevocations(),
                ),
                services=SERVICES,
                address=ANY_PORT,
                authenticate=bearer(
                    Verifier(partial(published, identity, access_tokens))
                ),
                drain_seconds=0,
            ) as port,
        ):
            yield f"127.0.0.1:{port}"
