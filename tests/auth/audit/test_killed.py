"""A process that is killed: whatever it changed is in the log."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from services.auth.audit.signing import AuditKeys
from services.auth.audit.store import PostgresRecords
from services.auth.audit.verifying import Verified
from services.kit.jwk import read_signing_key
from services.kit.postgres import Database
from tests.auth.administering import invite, make_group
from tests.auth.api_keys import keys
from tests.auth.audit.conftest import verified
from tests.auth.browser import Browser, new_email
from tests.auth.process import running, settings

Change = Callable[[Browser], Awaitable[None]]

ROUNDS = 4
AT_A_TIME = 3  # of each kind
SECONDS = 0.5  # at most, from the first change to the kill: some are done by then

MADE = """
    SELECT 'users/' || id FROM users
    UNION ALL SELECT 'users/' || user_id || '/sessions/' || id FROM sessions
    UNION ALL SELECT 'users/' || user_id || '/apiKeys/' || id FROM api_keys
    UNION ALL SELECT 'groups/' || id FROM groups
    UNION ALL SELECT 'invitations/' || id FROM invitations
"""
CREATED = """
    SELECT subject FROM audit_events
    WHERE action LIKE '%.create' AND outcome = 'success'
"""
DELETED = "SELECT subject FROM audit_events WHERE action = 'key.delete'"
PENDING = "SELECT subject FROM audit_pending"


async def read(url: str, query: str) -> list[str]:
    """Read a column, sorted."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await (await connection.execute(query.encode())).fetchall()
        return sorted(row[0] for row in found)


@asynccontextmanager
async def stalled(url: str, *, really: bool) -> AsyncIterator[None]:
    """Keep everybody from appending, so that all that is changed is pending."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        if really:
            await connection.execute("SELECT FROM audit_head FOR UPDATE")
        yield


async def sign_in(owner: Browser) -> None:
    await Browser(owner.api, email=owner.email).sign_in()


async def make_key(owner: Browser) -> None:
    await keys.create(owner)


async def revoke_key(owner: Browser) -> None:
    made = await keys.create(owner)
    await keys.revoke(owner, made.api_key.name)


async def make_some_group(owner: Browser) -> None:
    await make_group(owner, uuid4().hex)


async def invite_somebody(owner: Browser) -> None:
    await invite(owner, domain="example.org")


CHANGES = (sign_in, make_key, revoke_key, make_some_group, invite_somebody)


async def go_on(change: Change, owner: Browser) -> None:
    """Do one after the other, until nobody answers."""
    while True:
        await change(owner)


async def killed(environment: dict[str, str], email: str, *, stall: bool) -> int:
    """Kill a process while it changes things; return how much is pending."""
    url = environment["AUTH_DATABASE_URL"]
    async with running(environment) as auth:
        owner = Browser(auth.api, email=email)
        await (owner.sign_in() if await read(url, MADE) else owner.sign_up())
        assert await read(url, PENDING) == []  # whoever comes next takes it along
        before = await read(url, MADE)
        async with stalled(url, really=stall):
            going_on = [go_on(change, owner) for change in CHANGES * AT_A_TIME]
            tasks = [asyncio.create_task(each) for each in going_on]
            while await read(url, MADE) == before:
                pass
            await asyncio.sleep(random.uniform(0, SECONDS))  # noqa: S311  # no secret
            auth.process.kill()
            await auth.process.wait()
            await asyncio.gather(*tasks, return_exceptions=True)
    return len(await read(url, PENDING))


@pytest.mark.asvs("16.2.1", "16.3.3")
async def test_whatever_a_killed_process_has_changed_is_recorded_once(
    tmp_path: Path, auth_database: str, redis_url: str
):
    environment, email = settings(tmp_path, auth_database, redis_url), new_email()

    left = [
        await killed(environment, email, stall=bool(number % 2))
        for number in range(ROUNDS)
    ]
    async with running(environment) as auth:
        await Browser(auth.api, email=email).sign_in()

    assert await read(auth_database, PENDING) == []
    created = await read(auth_database, CREATED)
    deleted = await read(auth_database, DELETED)
    assert len(created) == len(set(created))
    assert len(deleted) == len(set(deleted))
    assert set(created) - set(deleted) == set(await read(auth_database, MADE))
    async with Database.connect(auth_database) as database:
        audit_keys = AuditKeys(read_signing_key(tmp_path / "audit.pem"))
        result = await verified(PostgresRecords(database), audit_keys)
    assert isinstance(result, Verified)
    assert all(left[1::2]), "it was killed between the change and the log"
