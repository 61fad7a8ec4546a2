"""A real auth service: Postgres, Redis and gRPC; only argon2 is made cheap."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Literal
from uuid import uuid4

import grpc
import httpx2 as httpx
import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local import postgres
from edge.envoy.render import Edge
from services.auth.accounts.ports import DataOwner
from services.auth.attempts.counters import FallbackCounter, LocalCounter, RedisCounter
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.factors.ports import FactorPolicy
from services.auth.identities.ports import IdentityProvider
from services.auth.joining.given import Given
from services.auth.joining.joined import SERVICES, joined
from services.auth.mail.ports import Mailer
from services.auth.passwords.passwords import Passwords
from services.auth.revocations.feed import Feed
from services.auth.revocations.store import PostgresRevocations
from services.auth.sealing.sealer import Sealer
from services.auth.sessions.denials import Denials
from services.auth.sessions.ports import SecondFactors
from services.auth.sessions.tokens import AccessTokens, RefreshTokens
from services.kit.caller import Verifier
from services.kit.interceptors import bearer
from services.kit.migrate import migrate
from services.kit.postgres import Database
from services.kit.revocations import Revocations
from services.kit.server import serving
from services.kit.signals import Signals
from tests.auth.audit.watching import WatchedLog
from tests.auth.browser import Api, Browser
from tests.auth.scim import Erased, own, token
from tests.auth.serving import auth_serving
from tests.auth.told import Told
from tests.canaries.looking import in_database, refuse
from tests.conftest import MakeDatabase, address, copy
from tests.edge.envoy_process import running
from tests.identity import Identity

PUBLIC_URL = "https://parley.example"

NOWHERE = "127.0.0.1:9"

Serve = Callable[..., AbstractAsyncContextManager[Api]]


class Clock:
    """The time, which a test can put forward."""

    minute = timedelta(minutes=1)

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class CountingHasher(PasswordHasher):
    """Argon2id at the least cost there is, counted."""

    def __init__(self, memory_cost: int = 8) -> None:
        super().__init__(time_cost=1, memory_cost=memory_cost, parallelism=1)
        self.hashed = 0
        self.verified: list[str | bytes] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.hashed += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified.append(hash)
        return super().verify(hash, password)


@pytest.fixture
def told(database: Database) -> Told:
    return Told(database)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture(scope="session")
def signing_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def refresh_tokens() -> RefreshTokens:
    return RefreshTokens(token_bytes(32))


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    return Sealer("1", {"1": token_bytes(32)})


@pytest.fixture
def access_tokens(signing_key: ec.EllipticCurvePrivateKey) -> AccessTokens:
    return AccessTokens(signing_key)


@pytest.fixture(scope="session")
def shared_database(postgres_sockets: Path) -> Iterator[str]:
    """The URL of one database for all these tests: a copy costs more than a test."""
    name = f"auth_{uuid4().hex}"
    copy(postgres_sockets, postgres.DATABASE, name)
    url = address(postgres_sockets, "auth", name)
    migrate("auth", url)
    yield url
    refuse(in_database(url))


@pytest.fixture
async def database(shared_database: str) -> AsyncIterator[Database]:
    """Auth's database, empty; patient, as a busy machine may let nothing move."""
    async with Database.connect(shared_database, patient=True) as database:
        async with database.transaction() as connection:
            await connection.execute(
                "TRUNCATE users, roles, groups, policy, revocations, mails,"
                " mail_codes, audit_pending CASCADE"
            )
        yield database


@pytest.fixture(autouse=True)
def patient_with_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have attempts counted in Redis, and each once, also by a busy machine."""
    monkeypatch.setattr("services.kit.redis.TIMEOUT_SECONDS", 20.0)


@pytest.fixture
def audit_keys() -> AuditKeys:
    return AuditKeys(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def serve(
    database: Database,
    clock: Clock,
    audit_keys: AuditKeys,
    access_tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    sealer: Sealer,
) -> Serve:
    """Serve auth over a Redis, with a hasher."""

    @asynccontextmanager
    async def start(
        redis_url: str,
        hasher: PasswordHasher,
        owners: Sequence[DataOwner] = (),
        factors: SecondFactors | None = None,
        policy: FactorPolicy | None = None,
        sealer: Sealer = sealer,
        mailer: Mailer | None = None,
        providers: Sequence[IdentityProvider] = (),
    ) -> AsyncIterator[Api]:
        audit = WatchedLog(PostgresRecords(database), audit_keys, clock=clock)
        revocations = Revocations(known=False)
        verifier = Verifier(access_tokens.jwks, revocations=revocations)
        with Passwords.open(hasher) as passwords:
            async with (
                RedisCounter.connect(redis_url) as counter,
                Signals.connect(redis_url) as signals,
                (
                    feed := Feed(PostgresRevocations(database), signals, revocations)
                ).reading(),
                serving(
                    *joined(
                        Given(
                            database=database,
                            counter=FallbackCounter(counter, LocalCounter()),
                            passwords=passwords,
                            access_tokens=access_tokens,
                            verifier=verifier,
                            refresh_tokens=refresh_tokens,
                            sealer=sealer,
                            public_url=PUBLIC_URL,
                            owners=owners,
                            mailer=mailer,
                            factors=factors,
                            policy=policy,
                            audit=audit,
                            audit_keys=audit_keys,
                            feed=feed,
                            providers=providers,
                            clock=clock,
                        )
                    ),
                    services=SERVICES,
                    address="127.0.0.1:0",
                    authenticate=bearer(verifier),
                    refused=Denials.of(audit),
                    finishing=True,
                    drain_seconds=1,
                ) as port,
                feed.telling(),
                grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
            ):
                yield Api(channel, f"127.0.0.1:{port}")

    return start


@pytest.fixture
async def api(
    serve: Serve, redis_url: str, hasher: CountingHasher
) -> AsyncIterator[Api]:
    async with serve(redis_url, hasher) as api:
        yield api


@pytest.fixture
async def alice(api: Api) -> Browser:
    """Somebody who has signed up."""
    return await Browser(api).sign_up()


@pytest.fixture
async def mallory(api: Api) -> Browser:
    """Somebody else who has signed up."""
    return await Browser(api).sign_up()


@pytest.fixture
def stranger(api: Api) -> Browser:
    """Somebody who has not signed up."""
    return Browser(api)


@pytest.fixture(autouse=True)
def verified_from_now(request: pytest.FixtureRequest) -> None:
    """Count the verifications of the test, not of the start."""
    if "hasher" in request.fixturenames:
        request.getfixturevalue("hasher").verified.clear()


@pytest.fixture(scope="session")
def issuer() -> Identity:
    return Identity()


@pytest.fixture
def erased() -> Erased:
    return Erased()


@pytest.fixture
def auth_url(make_database: MakeDatabase) -> str:
    return make_database("auth")


@pytest.fixture
async def base(
    auth_url: str, redis_url: str, issuer: Identity, erased: Erased, tmp_path: Path
) -> AsyncIterator[str]:
    """Where SCIM is."""
    async with auth_serving(auth_url, redis_url, issuer, [erased]) as address:
        edge = Edge(auth=(address,), chat=(NOWHERE,), llm=(NOWHERE,), web=NOWHERE)
        async with running(edge, tmp_path) as envoy:
            await envoy.until_keys()
            # Somebody owns the installation already.
            async with Database.connect(auth_url) as database:
                await own(database)
            yield f"{envoy.url}/scim/v2"


@pytest.fixture
async def scim(base: str, issuer: Identity) -> AsyncIterator[httpx.AsyncClient]:
    """An identity provider."""
    headers = {
        "authorization": f"Bearer {token(issuer)}",
        "content-type": "application/scim+json",
    }
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as client:
        yield client
