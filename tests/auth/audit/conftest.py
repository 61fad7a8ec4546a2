"""A real audit log, which a test may tamper with as who owns the server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local import postgres
from services.auth.audit.model import Event
from services.auth.audit.recording import Log
from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Expected, Step, Verification
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.conftest import PASSWORD

Tamper = Callable[..., Awaitable[None]]
ALICE = UUID("00000000-0000-4000-8000-00000000a11c")
BOB = UUID("00000000-0000-4000-8000-000000000b0b")


@pytest.fixture
def signing() -> ec.EllipticCurvePrivateKey:
    """The key that the log is signed with."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def keys(signing: ec.EllipticCurvePrivateKey) -> AuditKeys:
    """It, and no earlier one."""
    return AuditKeys(signing)


@pytest.fixture
async def own_database(shared_database: str, tamper: Tamper) -> AsyncIterator[Database]:
    """Auth's database with an empty log, which takes who owns the server to make."""
    await tamper(
        "TRUNCATE audit_events, audit_places, audit_consumers, audit_pending",
        "DELETE FROM audit_base",
        "DELETE FROM audit_head",
        """INSERT INTO audit_base (index, hash, key_id, signature)
        VALUES (0, decode(repeat('00', 32), 'hex'), '', '')""",
        """INSERT INTO audit_head (index, hash, key_id, signature)
        VALUES (0, decode(repeat('00', 32), 'hex'), '', '')""",
    )
    async with Database.connect(shared_database, patient=True) as database:
        yield database


@pytest.fixture
async def database(own_database: Database) -> Database:
    """The one that is served from, when auth is served: nobody has signed up."""
    async with own_database.transaction() as connection:
        await connection.execute("TRUNCATE users, roles, groups, policy CASCADE")
    return own_database


@pytest.fixture
def audit_keys(keys: AuditKeys) -> AuditKeys:
    """The keys of the log, when auth is served."""
    return keys


@pytest.fixture
def records(own_database: Database) -> PostgresRecords:
    """The stored log."""
    return PostgresRecords(own_database)


@pytest.fixture
def log(records: PostgresRecords, keys: AuditKeys, clock: Clock) -> Log:
    """What records."""
    return Log(records, keys, clock=clock)


@pytest.fixture
def tamper(shared_database: str, postgres_sockets: Path) -> Tamper:
    """Run statements as the owner of the server, whom no trigger stops."""
    name = shared_database.rpartition("/")[2].partition("?")[0]
    url = postgres.url(postgres_sockets, postgres.ADMIN, PASSWORD, name)

    async def run(*statements: LiteralString, **values: Any) -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.execute("SET search_path = auth")
            await connection.execute("SET session_replication_role = replica")
            for statement in statements:
                await connection.execute(statement, values)

    return run


def event(action: str = "session.create", **changes: Any) -> Event:
    """Make an event of Alice's."""
    values: dict[str, Any] = {
        "action": action,
        "outcome": "success",
        "actor": ALICE,
        "subject": f"users/{ALICE}/sessions/{uuid4()}",
        "address": "192.0.2.1",
        "user_agent": "Browser/1",
        "session": uuid4(),
        "details": {"method": "password"},
    }
    return Event(**{**values, **changes})


async def verified(
    records: PostgresRecords, keys: AuditKeys, expected: Expected | None = None
) -> Step:
    """Verify the log; return what came out."""
    steps = [step async for step in Verification(records, keys).run(expected)]
    return steps[-1]


@pytest.fixture
async def ten(log: Log) -> None:
    """Ten events."""
    for number in range(10):
        await log.record(event(details={"number": str(number)}))


@pytest.fixture
async def owner(api: Api) -> Browser:
    """The first who signs up, who may do everything."""
    browser = Browser(api, address="192.0.2.1")
    return await browser.sign_up()


@pytest.fixture
async def member(owner: Browser, api: Api) -> Browser:
    """The second, who may not."""
    browser = Browser(api, address="192.0.2.2")
    return await browser.sign_up()
