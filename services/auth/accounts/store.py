"""New accounts in Postgres."""

from uuid import UUID

from services.auth.invitations import store as invitations
from services.auth.invitations.model import Admission
from services.auth.sessions import store as sessions
from services.auth.sessions.model import Session
from services.auth.users import store as users
from services.auth.users.model import User
from services.kit.postgres import Database


class PostgresAccounts:
    """Stores a user and what it begins with, all or nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        user: User,
        session: Session,
        *,
        request_id: UUID | None,
        admission: Admission,
    ) -> User | None:
        async with self._database.transaction() as connection:
            added = await users.add(connection, user, request_id=request_id)
            if added:
                now = user.create_time
                await invitations.redeem(connection, user.id, admission, now)
                await sessions.add(connection, session, version=added.version)
            return added
