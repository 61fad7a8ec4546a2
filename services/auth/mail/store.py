"""Mails that are to be sent, in Postgres: sealed, as they hold codes and addresses."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from services.auth.mail.model import Mail
from services.auth.sealing.sealer import SealBroken, Sealer
from services.kit.postgres import Database

log = logging.getLogger(__name__)

ADD: LiteralString = """
    INSERT INTO mails (id, kind, sealed, create_time, due_time)
    VALUES (%(id)s, %(kind)s, %(sealed)s, %(create_time)s, %(create_time)s)
"""

TAKE: LiteralString = """
    UPDATE mails SET tries = tries + 1, due_time = %(until)s
    WHERE id IN (
        SELECT id FROM mails WHERE due_time <= %(now)s
        ORDER BY due_time LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, sealed, create_time, tries
"""

PUT_OFF: LiteralString = "UPDATE mails SET due_time = %(until)s WHERE id = %(id)s"

REMOVE: LiteralString = "DELETE FROM mails WHERE id = ANY(%s)"


class PostgresOutbox:
    """Stores mails; one method is one transaction."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(self, mail: Mail) -> None:
        async with self._database.statement() as connection:
            await self.queue(connection, mail)

    async def queue(self, connection: AsyncConnection, mail: Mail) -> None:
        """Store a mail with whatever else the connection's transaction stores."""
        content = json.dumps({"to": mail.to, "values": dict(mail.values)})
        row = {
            "id": mail.id,
            "kind": mail.kind,
            "sealed": self._sealer.seal(content.encode(), context=context(mail.id)),
            "create_time": mail.create_time,
        }
        await connection.execute(ADD, row)

    async def take(self, now: datetime, *, until: datetime, limit: int) -> list[Mail]:
        row = {"now": now, "until": until, "limit": limit}
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            found = await (await cursor.execute(TAKE, row)).fetchall()
        mails = [self._mail(row) for row in found]
        return [mail for mail in mails if mail]

    def _mail(self, row: dict[str, Any]) -> Mail | None:
        """Open a mail; one that cannot be opened stays, and holds up no other."""
        try:
            opened = self._sealer.open(row.pop("sealed"), context=context(row["id"]))
        except SealBroken:
            log.error("a mail cannot be opened", extra={"mail": str(row["id"])})
            return None
        return Mail(**row, **json.loads(opened))

    async def put_off(self, mail_id: UUID, *, until: datetime) -> None:
        async with self._database.statement() as connection:
            await connection.execute(PUT_OFF, {"id": mail_id, "until": until})

    async def remove(self, mail_ids: Sequence[UUID]) -> None:
        async with self._database.statement() as connection:
            await connection.execute(REMOVE, [list(mail_ids)])


def context(mail_id: UUID) -> str:
    """Say what is sealed."""
    return f"mail {mail_id}"
