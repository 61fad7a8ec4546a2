"""The audit log in Postgres."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from services.auth.audit.model import (
    UNTIL,
    USER_DELETED,
    Entry,
    Filter,
    Head,
    Mark,
    Record,
)
from services.auth.audit.ports import AT_ONCE, Draft, Pending, Seal
from services.auth.audit.rows import (
    head_of,
    mark_row,
    pending_of,
    pending_row,
    place_row,
    record_of,
    row_of,
)
from services.kit.postgres import Database

REMOVED_AT_ONCE = 10_000  # events, or places, in one statement

# A time that no calendar has was not written by auth: read as another.
HEAD: LiteralString = """
    SELECT index, hash, key_id, signature,
        CASE WHEN time BETWEEN '0002-01-01' AND '9998-01-01' THEN time
            WHEN time IS NOT NULL THEN 'epoch' END AS time FROM audit_head
"""
BASE: LiteralString = "SELECT index, hash, key_id, signature FROM audit_base"

MARK: LiteralString = """
    SELECT index, hash, key_id, signature FROM audit_events WHERE index = %(index)s
"""

ADD: LiteralString = """
    INSERT INTO audit_events (
        index, id, time, action, outcome, actor, user_id, subject, session, stranger,
        details, place_hash, previous, hash, key_id, signature
    ) VALUES (
        %(index)s, %(id)s, %(time)s, %(action)s, %(outcome)s, %(actor)s, %(user_id)s,
        %(subject)s, %(session)s, %(stranger)s, %(details)s, %(place_hash)s,
        %(previous)s, %(hash)s, %(key_id)s, %(signature)s
    )
"""

ADD_PLACE: LiteralString = """
    INSERT INTO audit_places (index, person, salt, address, user_agent)
    VALUES (%(index)s, %(person)s, %(salt)s, %(address)s, %(user_agent)s)
"""

ADVANCE: LiteralString = """
    UPDATE audit_head SET index = %(index)s, hash = %(hash)s, time = %(time)s,
        key_id = %(key_id)s, signature = %(signature)s
"""

KEEP: LiteralString = """
    INSERT INTO audit_pending (
        id, time, action, outcome, actor, user_id, subject, session, stranger, details,
        place_hash, salt, address, user_agent, key_id, signature
    ) VALUES (
        %(id)s, %(time)s, %(action)s, %(outcome)s, %(actor)s, %(user_id)s, %(subject)s,
        %(session)s, %(stranger)s, %(details)s, %(place_hash)s, %(salt)s, %(address)s,
        %(user_agent)s, %(key_id)s, %(signature)s
    )
"""

# Only who has locked the head takes any, so each is taken once.
TAKE_PENDING: LiteralString = """
    DELETE FROM audit_pending AS pending WHERE seq IN (
        SELECT seq FROM audit_pending ORDER BY seq LIMIT %(limit)s
    ) RETURNING seq, id, CASE
            WHEN time BETWEEN '0002-01-01' AND '9998-01-01' THEN time
            ELSE 'epoch' END AS time, action, outcome, actor, user_id, subject, session,
        stranger, details, place_hash, salt, address, user_agent, key_id, signature,
        EXISTS (
            SELECT FROM audit_events AS events
            WHERE events.time = pending.time AND events.id = pending.id
        ) AS appended
"""

COUNT_PENDING: LiteralString = "SELECT count(*) FROM audit_pending"

# That a person is deleted matters only where a place is gone. What is before the base
# is not in the chain: anybody may have written it there, and it says nothing.
RECORDS: LiteralString = """
    SELECT events.index, events.id, CASE
            WHEN events.time BETWEEN '0002-01-01' AND '9998-01-01' THEN events.time
            ELSE 'epoch' END AS time, events.action, events.outcome,
        events.actor, events.user_id, events.subject, events.session, events.stranger,
        events.details, events.place_hash, events.previous, events.hash, events.key_id,
        events.signature, places.salt, places.address, places.user_agent,
        places.index IS NOT NULL AS placed,
        places.index IS NULL AND events.place_hash IS NOT NULL AND EXISTS (
            SELECT FROM audit_events AS deletions
            WHERE deletions.user_id = COALESCE(events.actor, events.user_id)
              AND deletions.action = %(deleted)s AND deletions.outcome = 'success'
              AND deletions.index > (SELECT index FROM audit_base)
        ) AS person_deleted
    FROM audit_events AS events LEFT JOIN audit_places AS places USING (index)
"""

AFTER: LiteralString = f"""
    {RECORDS} WHERE events.index > %(index)s ORDER BY events.index LIMIT %(limit)s
"""

WANTED: LiteralString = """
    events.index < COALESCE(%(index)s::bigint, 9223372036854775807)
    AND (%(action)s::text = '' OR events.action = %(action)s
        OR starts_with(events.action, %(action)s || '.'))
    AND (%(outcome)s::text IS NULL OR events.outcome = %(outcome)s)
    AND (%(start)s::timestamptz IS NULL OR events.time >= %(start)s)
    AND (%(end)s::timestamptz IS NULL OR events.time < %(end)s)
    ORDER BY events.index DESC LIMIT %(limit)s
"""

BEFORE: LiteralString = f"{RECORDS} WHERE {WANTED}"

# Each half is in the order of an index of its own.
BEFORE_OF_USER: LiteralString = f"""
    SELECT * FROM (
        ({RECORDS} WHERE events.user_id = %(user_id)s AND {WANTED})
        UNION ALL
        ({RECORDS} WHERE events.actor = %(user_id)s
            AND events.user_id IS DISTINCT FROM %(user_id)s AND {WANTED})
    ) AS found ORDER BY index DESC LIMIT %(limit)s
"""

SAID_UNTIL: LiteralString = """
    SELECT COALESCE(max((details ->> %(until)s)::bigint), 0) FROM audit_events
    WHERE action = %(action)s AND index > (SELECT index FROM audit_base)
"""

# Up to the first that is not as old, whatever the clock said at later ones.
LAST_BEFORE: LiteralString = """
    SELECT COALESCE(
        (SELECT min(index) - 1 FROM audit_events
            WHERE index > %(after)s AND time >= %(time)s),
        (SELECT max(index) FROM audit_events),
        0)
"""

FORGET_PLACES: LiteralString = """
    DELETE FROM audit_places WHERE index IN (
        SELECT index FROM audit_places WHERE index <= %(until)s
        ORDER BY index LIMIT %(limit)s
    )
"""

FORGET_PERSON: LiteralString = "DELETE FROM audit_places WHERE person = %(person)s"

MOVE_BASE: LiteralString = """
    UPDATE audit_base AS base SET index = events.index, hash = events.hash,
        key_id = events.key_id, signature = events.signature
    FROM audit_events AS events
    WHERE events.index = %(until)s AND base.index < %(until)s
"""

CUT: LiteralString = """
    DELETE FROM audit_events WHERE index IN (
        SELECT events.index FROM audit_events AS events, audit_base AS base
        WHERE events.index <= base.index ORDER BY events.index LIMIT %(limit)s
    )
"""


class PostgresRecords:
    """Stores the log; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, drafts: Sequence[Draft], seal: Seal) -> Sequence[Record]:
        async with self._database.transaction() as connection:
            head, pending = await taken(connection)
            if not pending and not drafts:
                return []
            records, new = seal(head, pending, drafts)
            async with connection.pipeline(), connection.cursor() as cursor:
                await cursor.executemany(ADD, list(map(row_of, records)))
                places = [place_row(it, it.place) for it in records if it.place]
                if places:
                    await cursor.executemany(ADD_PLACE, places)
                for record in records:
                    if deletes(record.entry):
                        person = {"person": record.entry.user_id}
                        await cursor.execute(FORGET_PERSON, person)
                await cursor.execute(ADVANCE, {**mark_row(new.mark), "time": new.time})
            return records

    def together(self) -> AbstractAsyncContextManager[None]:
        return self._database.together()

    async def keep(self, pending: Pending) -> None:
        async with self._database.statement() as connection:
            await connection.execute(KEEP, pending_row(pending))

    async def pending(self) -> int:
        return await self._number(COUNT_PENDING, {})

    async def head(self) -> Head | None:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return head_of(await (await cursor.execute(HEAD)).fetchone())

    async def base(self) -> Mark:
        (row,) = await self._rows(BASE, {})
        return Mark(**row)

    async def mark(self, index: int) -> Mark | None:
        base = await self.base()
        if index == base.index:
            return base
        rows = await self._rows(MARK, {"index": index})
        return Mark(**rows[0]) if rows else None

    async def after(self, index: int, limit: int) -> Sequence[Record]:
        values = {"index": index, "limit": limit, "deleted": USER_DELETED}
        return list(map(record_of, await self._rows(AFTER, values)))

    async def before(
        self, index: int | None, limit: int, wanted: Filter
    ) -> Sequence[Record]:
        query = BEFORE_OF_USER if wanted.user_id else BEFORE
        values = {
            "index": index,
            "limit": limit,
            "deleted": USER_DELETED,
            "user_id": wanted.user_id,
            "action": wanted.action,
            "outcome": wanted.outcome,
            "start": wanted.start,
            "end": wanted.end,
        }
        return list(map(record_of, await self._rows(query, values)))

    async def said_until(self, action: str) -> int:
        return await self._number(SAID_UNTIL, {"action": action, "until": UNTIL})

    async def last_before(self, time: datetime, *, after: int) -> int:
        return await self._number(LAST_BEFORE, {"time": time, "after": after})

    async def forget_places(self, until: int) -> int:
        return await self._done(
            FORGET_PLACES, {"until": until, "limit": REMOVED_AT_ONCE}
        )

    async def cut(self, until: int) -> int:
        await self._done(MOVE_BASE, {"until": until})
        return await self._done(CUT, {"limit": REMOVED_AT_ONCE})

    async def _rows(
        self, query: LiteralString, values: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        async with self._database.statement() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return await (await cursor.execute(query, values)).fetchall()

    async def _number(self, query: LiteralString, values: Mapping[str, Any]) -> int:
        async with self._database.statement() as connection:
            row = await (await connection.execute(query, values)).fetchone()
            return int(row[0]) if row else 0

    async def _done(self, query: LiteralString, values: Mapping[str, Any]) -> int:
        async with self._database.statement() as connection:
            return (await connection.execute(query, values)).rowcount


async def taken(
    connection: AsyncConnection,
) -> tuple[Head | None, Sequence[Pending]]:
    """Lock the head, and take the first of what is pending, in its order."""
    head, pending = (connection.cursor(row_factory=dict_row) for _ in range(2))
    async with connection.pipeline():
        await head.execute(HEAD + " FOR UPDATE")
        await pending.execute(TAKE_PENDING, {"limit": AT_ONCE})
    rows = sorted(await pending.fetchall(), key=lambda row: int(row["seq"]))
    return head_of(await head.fetchone()), list(map(pending_of, rows))


def deletes(entry: Entry) -> bool:
    """Tell whether an entry says that a user is deleted."""
    return entry.action == USER_DELETED and entry.outcome == "success"
