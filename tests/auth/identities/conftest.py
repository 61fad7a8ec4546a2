"""Identities over real Postgres and Redis, with providers that the tests play."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services.auth.attempts.counters import LocalCounter
from services.auth.audit.model import Event
from services.auth.audit.nothing import NoAudit
from services.auth.audit.signing import AuditKeys
from services.auth.identities.fetching import Fetcher
from services.auth.identities.identities import Identities
from services.auth.identities.model import Answer, Entered, Identity
from services.auth.identities.opening import providers_of
from services.auth.identities.registration import Registration
from services.auth.identities.store import PostgresFlows, PostgresIdentities
from services.auth.identities.trips import Trips
from services.auth.joining.core import Core
from services.auth.joining.given import Given
from services.auth.notices.notices import Notices
from services.auth.passwords.passwords import Passwords
from services.auth.sealing.sealer import Sealer
from services.auth.sessions.model import Client, SignedIn
from services.auth.sessions.tokens import AccessTokens, RefreshTokens
from services.kit.caller import Verifier
from services.kit.postgres import Database
from tests.auth.conftest import PUBLIC_URL, Clock, CountingHasher
from tests.auth.identities.registrations import REDIRECT, registered
from tests.doubles import github_server, hostile_issuer
from tests.doubles.github_server import GitHubServer
from tests.doubles.hostile_issuer import HostileIssuer

NOT_ASKED: Any = None
HERE = Client(address="192.0.2.7", user_agent="a browser")


class Heard(NoAudit):
    """An audit log and a mailbox that remember."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.mails: list[tuple[str, str]] = []
        self.changes: list[str] = []

    async def record(self, event: Event) -> None:
        self.events.append(event)

    async def send(self, kind: str, *, to: str, values: Mapping[str, str]) -> None:
        self.mails.append((kind, to))
        self.changes += filter(None, [values.get("change")])

    def refusals(self) -> list[dict[str, str]]:
        return [
            dict(event.details) for event in self.events if event.outcome == "failure"
        ]


@dataclass
class Tab:
    """A browser, with the cookie that binds its trips."""

    identities: Identities
    cookie: str | None = None
    url: str = field(default="", repr=False)

    async def leave(
        self, provider: str = "issuer", next: str = "/", *, anew: bool = False
    ) -> str:
        departure = await self.identities.begin_sign_in(
            provider, next=next, cookie=self.cookie, client=HERE, anew=anew
        )
        self.cookie, self.url = departure.browser, departure.url
        return departure.url

    async def come_back(
        self, answer: dict[str, str], *, signed_in: SignedIn | None = None
    ) -> Entered:
        refresh = signed_in.refresh_token if signed_in else None
        return await self.identities.finish_sign_in(
            Answer(**answer), cookie=self.cookie, client=replace(HERE, cookie=refresh)
        )

    async def leave_to_link(self, user_id: Any, provider: str = "issuer") -> str:
        departure = await self.identities.begin_link(
            user_id, provider, next="/settings", cookie=self.cookie, client=HERE
        )
        self.cookie, self.url = departure.browser, departure.url
        return departure.url

    async def link(self, user_id: Any, answer: dict[str, str]) -> Identity:
        identity, _ = await self.identities.finish_link(
            user_id, Answer(**answer), cookie=self.cookie, client=HERE
        )
        return identity


Open = Callable[..., Identities]


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
async def issuer(key: rsa.RSAPrivateKey) -> AsyncIterator[HostileIssuer]:
    async with hostile_issuer.serving(key) as issuer:
        yield issuer


@pytest.fixture
async def other_issuer(key: rsa.RSAPrivateKey) -> AsyncIterator[HostileIssuer]:
    async with hostile_issuer.serving(key) as issuer:
        yield issuer


@pytest.fixture
async def github() -> AsyncIterator[GitHubServer]:
    async with github_server.serving() as github:
        yield github


@pytest.fixture
def fetch_seconds() -> float:
    """How long a provider may take: those that answer do, if on a busy machine late."""
    return 20.0


@pytest.fixture
async def fetcher(fetch_seconds: float) -> AsyncIterator[Fetcher]:
    async with Fetcher.open(through_mesh=False, seconds=fetch_seconds) as fetcher:
        yield fetcher


@pytest.fixture
def heard() -> Heard:
    return Heard()


@contextmanager
def cheap_passwords() -> Iterator[Passwords]:
    with Passwords.open(CountingHasher()) as passwords:
        yield passwords


@pytest.fixture
def open_identities(
    database: Database,
    clock: Clock,
    access_tokens: AccessTokens,
    refresh_tokens: RefreshTokens,
    audit_keys: AuditKeys,
    sealer: Sealer,
    fetcher: Fetcher,
    heard: Heard,
) -> Iterator[Open]:
    with cheap_passwords() as passwords:

        def start(*registrations: Registration, factors: Any = None) -> Identities:
            core = Core(
                Given(
                    database=database,
                    counter=LocalCounter(),
                    passwords=passwords,
                    access_tokens=access_tokens,
                    verifier=Verifier(access_tokens.jwks),
                    refresh_tokens=refresh_tokens,
                    sealer=sealer,
                    public_url=PUBLIC_URL,
                    audit=heard,
                    audit_keys=audit_keys,
                    feed=NOT_ASKED,
                    factors=factors,
                    clock=clock,
                )
            )
            trips = Trips(
                providers_of(registrations, fetcher),
                PostgresFlows(database),
                redirect_uri=REDIRECT,
                clock=clock,
            )
            return Identities(
                trips,
                PostgresIdentities(database),
                core.users,
                core.sign_in,
                core.sessions,
                core.factors,
                admissions=core.invitations,
                attempts=core.attempts,
                notices=Notices(heard, heard),
                clock=clock,
            )

        yield start


@pytest.fixture
def identities(open_identities: Open, issuer: HostileIssuer) -> Identities:
    """With the one issuer, which is trusted as far as it can be."""
    return open_identities(registered(issuer))


@pytest.fixture
def tab(identities: Identities) -> Tab:
    return Tab(identities)


async def rows(database: Database, table: str) -> int:
    """Count the rows of a table."""
    async with database.transaction() as connection:
        found = await connection.execute(f"SELECT count(*) FROM {table}")
        row = await found.fetchone()
    assert row
    return int(row[0])


async def nothing_happened(database: Database, heard: Heard) -> list[dict[str, str]]:
    """See that there is nobody, and return what the audit says."""
    for table in ("users", "sessions", "identities", "sign_ins"):
        assert await rows(database, table) == 0, table
    assert all(event.outcome == "failure" for event in heard.events)
    return heard.refusals()
