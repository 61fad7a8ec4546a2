"""A real auth inside a test's process, whose tokens somebody else signs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from secrets import token_bytes

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import ec

from services.auth.accounts.ports import DataOwner
from services.auth.attempts.counters import FallbackCounter, LocalCounter, RedisCounter
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.joining.given import Given
from services.auth.joining.joined import SERVICES, joined
from services.auth.passwords.passwords import Passwords
from services.auth.revocations.feed import Feed
from services.auth.revocations.store import PostgresRevocations
from services.auth.sealing.sealer import Sealer
from services.auth.sessions.tokens import AccessTokens, RefreshTokens
from services.kit.caller import Verifier
from services.kit.clock import utc_now
from services.kit.interceptors import bearer
from services.kit.jwk import Jwk
from services.kit.postgres import Database
from services.kit.revocations import Revocations
from services.kit.server import serving
from services.kit.signals import Signals
from tests.auth.audit.watching import WatchedLog
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
    audit_keys = AuditKeys(ec.generate_private_key(ec.SECP256R1()))
    with Passwords.open(hasher) as passwords:
        async with (
            Database.connect(database_url) as database,
            RedisCounter.connect(redis_url) as counter,
            Signals.connect(redis_url) as signals,
            (
                feed := Feed(
                    PostgresRevocations(database),
                    signals,
                    revocations := Revocations(known=False),
                )
            ).reading(),
            serving(
                *joined(
                    Given(
                        database=database,
                        counter=FallbackCounter(counter, LocalCounter()),
                        passwords=passwords,
                        access_tokens=access_tokens,
                        verifier=(
                            verifier := Verifier(
                                partial(published, identity, access_tokens),
                                revocations=revocations,
                            )
                        ),
                        refresh_tokens=RefreshTokens(token_bytes(32)),
                        sealer=Sealer("1", {"1": token_bytes(32)}),
                        public_url="https://parley.example",
                        owners=owners,
                        audit=WatchedLog(
                            PostgresRecords(database), audit_keys, clock=utc_now
                        ),
                        audit_keys=audit_keys,
                        feed=feed,
                    )
                ),
                services=SERVICES,
                address=ANY_PORT,
                authenticate=bearer(verifier),
                finishing=True,
                drain_seconds=0,
            ) as port,
            feed.telling(),
        ):
            yield f"127.0.0.1:{port}"
