"""What cannot be recorded is not done."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parley.auth.v1 import admin_service_pb2 as admin_pb
from parley.auth.v1 import credential_service_pb2 as credential_pb
from parley.auth.v1 import role_service_pb2 as role_pb
from parley.auth.v1 import session_service_pb2 as session_pb
from services.kit.postgres import Database
from tests.auth.administering import (
    P,
    change_policy,
    disable,
    invite,
    join,
    make_group,
    make_role,
    set_role,
)
from tests.auth.api_keys import keys
from tests.auth.browser import PASSWORD, Browser
from tests.auth.conftest import Clock
from tests.auth.factors.people import App, begin_totp, complete_totp
from tests.calls import refusal

# As if the disk were full, but for nothing else.
FULL = """
    CREATE FUNCTION pending_full() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full';
    END $$;
    CREATE TRIGGER pending_full BEFORE INSERT ON audit_pending
        FOR EACH ROW EXECUTE FUNCTION pending_full()
"""
AGAIN = "DROP TRIGGER pending_full ON audit_pending; DROP FUNCTION pending_full"

TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'auth' ORDER BY table_name
"""


class Around:
    """Who is there, and what there is to change."""

    def __init__(self, owner: Browser, member: Browser, clock: Clock) -> None:
        self.owner = owner
        self.member = member
        self.clock = clock

    async def prepare(self) -> "Around":
        self.group = await make_group(self.owner, "Staff")
        self.role = await make_role(self.owner, "auditor", P.PERMISSION_CHAT)
        self.key = (await keys.create(self.owner)).api_key.name
        self.app = App((await begin_totp(self.owner)).secret, self.clock)
        return self

    async def by_owner(self, service: str, method: str, request: Any) -> Any:
        stub = getattr(self.owner.api, service)
        return await self.owner.call(getattr(stub, method), request)

    async def change_password(self) -> Any:
        request = credential_pb.ChangePasswordRequest(
            name=self.owner.user,
            current_password=PASSWORD,
            new_password=f"{PASSWORD} and more",
        )
        return await self.by_owner("credentials", "ChangePassword", request)

    async def change_email(self) -> Any:
        request = credential_pb.ChangeEmailRequest(
            name=self.owner.user, new_email=f"{uuid4().hex}@example.com"
        )
        return await self.by_owner("credentials", "ChangeEmail", request)

    async def change_role(self) -> Any:
        request = role_pb.UpdateRoleRequest(role=self.role)
        request.role.permissions[:] = [P.PERMISSION_TOOLS]
        request.update_mask.paths.append("permissions")
        return await self.by_owner("roles", "UpdateRole", request)

    async def delete_role(self) -> Any:
        request = role_pb.DeleteRoleRequest(name=self.role.name)
        return await self.by_owner("roles", "DeleteRole", request)

    async def reset_factors(self) -> Any:
        request = admin_pb.ResetAccountFactorsRequest(name=self.member.user)
        return await self.by_owner("admin", "ResetAccountFactors", request)

    async def reauthenticate(self) -> Any:
        request = session_pb.ReauthenticateSessionRequest(
            name=self.owner.session.name, password=PASSWORD
        )
        return await self.by_owner("sessions", "ReauthenticateSession", request)


Change = Callable[[Around], Awaitable[Any]]

CHANGES: dict[str, Change] = {
    "sign up": lambda it: Browser(it.owner.api).sign_up(),
    "sign in": lambda it: Browser(it.owner.api, email=it.owner.email).sign_in(),
    "sign out": lambda it: it.owner.sign_out(),
    "show who one is": Around.reauthenticate,
    "change the password": Around.change_password,
    "change the address": Around.change_email,
    "delete the account": lambda it: it.member.delete_user(),
    "add a factor": lambda it: complete_totp(it.owner, it.app.code()),
    "take factors away": Around.reset_factors,
    "make a key": lambda it: keys.create(it.owner),
    "revoke a key": lambda it: keys.revoke(it.owner, it.key),
    "make a role": lambda it: make_role(it.owner, "reader", P.PERMISSION_CHAT),
    "change a role": Around.change_role,
    "delete a role": Around.delete_role,
    "give a role": lambda it: set_role(it.owner, it.member, "admin"),
    "disable": lambda it: disable(it.owner, it.member),
    "make a group": lambda it: make_group(it.owner, "Others"),
    "join a group": lambda it: join(it.owner, it.group, it.member),
    "invite": lambda it: invite(it.owner, domain="example.org"),
    "change the policy": lambda it: change_policy(it.owner, domains=["example.org"]),
}


@pytest.fixture
async def around(owner: Browser, member: Browser, clock: Clock) -> Around:
    return await Around(owner, member, clock).prepare()


@pytest.fixture
async def full(around: Around, database: Database) -> AsyncIterator[None]:
    """Let nobody record a change."""
    await run(database, FULL)
    yield
    await run(database, AGAIN)


async def run(database: Database, statement: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(statement.encode())


async def stored(database: Database) -> dict[str, Sequence[Any]]:
    """Read all of auth's tables."""
    async with database.transaction() as connection:
        names = await (await connection.execute(TABLES)).fetchall()
        found: dict[str, Sequence[Any]] = {}
        for (name,) in names:
            rows = await connection.execute(f"SELECT {name}::text FROM {name}".encode())
            found[name] = sorted(await rows.fetchall())
        return found


@pytest.mark.asvs("2.3.3", "16.5.3")
@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("name", CHANGES)
async def test_what_cannot_be_recorded_is_not_done(
    around: Around, database: Database, name: str
):
    before = await stored(database)

    refused = await refusal(CHANGES[name](around))

    assert refused.code is grpc.StatusCode.UNAVAILABLE
    assert await stored(database) == before


@pytest.mark.parametrize("name", CHANGES)
async def test_what_can_be_recorded_is_done(
    around: Around, database: Database, name: str
):
    before = await stored(database)

    await CHANGES[name](around)

    after = await stored(database)
    changed = {table for table in after if after[table] != before[table]}
    assert "audit_events" in changed
    assert {it for it in changed if not it.startswith("audit_")}
    assert after["audit_pending"] == []
