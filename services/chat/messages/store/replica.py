"""What one process writes, as the other replicas know it."""

from collections.abc import Collection, Sequence
from typing import Any, LiteralString
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from services.chat.messages.model import (
    HISTORY,
    Begun,
    Ending,
    Message,
)
from services.chat.messages.ports import Progress, Renewed
from services.chat.messages.store.ends import end
from services.chat.messages.store.load import load
from services.chat.messages.store.rows import HELD_BY, OF_MESSAGE, of_message
from services.chat.names import ConversationName, MessageName
from services.chat.usage.budgets import Budgets
from services.chat.usage.store import extend
from services.kit.postgres import Database

EXTENSION_TOKENS = 1_000

RENEW: LiteralString = """
    INSERT INTO replicas (id, name, expire_time)
    VALUES (%(holder)s, %(name)s, now() + interval '4 seconds')
    ON CONFLICT (id) DO UPDATE SET expire_time = excluded.expire_time
"""

# An earlier process of this name is dead, because there is only one of each.
SUCCEED: LiteralString = """
    DELETE FROM replicas
    WHERE name = %(name)s AND id <> %(holder)s
       OR expire_time < now() - interval '1 hour'
    RETURNING id
"""

STOPS: LiteralString = """
    SELECT id, stop_seq FROM messages
    WHERE holder = %(holder)s AND end_time IS NULL AND stop_seq IS NOT NULL
"""

# Those of nobody: handed over, or of a process whose lease is gone or, for a stranger,
# has run out; if it did while one's own did not, or both were held up, and neither is
# dead. N-1 wrote no holder but a lease in the row.
ADOPT: LiteralString = """
    UPDATE messages m SET
        attempt = m.attempt + 1, holder = %(holder)s, lease_expire_time = NULL
    FROM (
        SELECT user_id, conversation_id, id FROM messages
        WHERE state = 'generating' AND end_time IS NULL
          AND holder IS DISTINCT FROM %(holder)s
          AND (lease_expire_time IS NULL OR lease_expire_time < now())
          AND NOT EXISTS (
              SELECT FROM replicas r WHERE r.id = messages.holder
              AND (r.expire_time > now() OR NOT %(strangers)s)
          )
          AND EXISTS (
              SELECT FROM replicas WHERE id = %(holder)s AND expire_time > now()
          )
        LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) AS left_alone
    WHERE m.user_id = left_alone.user_id
      AND m.conversation_id = left_alone.conversation_id AND m.id = left_alone.id
    RETURNING m.user_id, m.conversation_id, m.id
"""

# Those that wait for nothing any more, if the process that ended what they waited for
# could not start them. It may be further up: a reply that was stopped while it waited
# itself has others before it. Parents are found as `BRANCH` finds them.
UNQUEUE: LiteralString = """
    UPDATE messages m SET state = 'generating', holder = %(holder)s
    FROM (
        SELECT q.user_id, q.conversation_id, q.id FROM messages q
        WHERE q.state = 'queued' AND q.end_time IS NULL AND NOT EXISTS (
            WITH RECURSIVE earlier AS (
                SELECT 0 AS depth, q.parent_id, q.create_time AS end_time
                UNION ALL
                SELECT depth + 1, parent.parent_id, parent.end_time
                FROM earlier e CROSS JOIN LATERAL (
                    SELECT p.id, p.parent_id, p.end_time FROM messages p
                    WHERE p.user_id = q.user_id
                      AND p.conversation_id = q.conversation_id AND p.id >= e.parent_id
                    ORDER BY p.id LIMIT 1
                ) AS parent WHERE parent.id = e.parent_id AND depth < %(history)s
            ) SELECT FROM earlier WHERE end_time IS NULL
        )
        LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) AS ready
    WHERE m.user_id = ready.user_id
      AND m.conversation_id = ready.conversation_id AND m.id = ready.id
    RETURNING m.user_id, m.conversation_id, m.id
"""

KEEP: LiteralString = """
    UPDATE messages m SET text = kept.text, seq = kept.seq, beside = kept.beside
    FROM unnest(
        %(users)s::uuid[], %(conversations)s::uuid[], %(messages)s::uuid[],
        %(texts)s::text[], %(seqs)s::bigint[], %(attempts)s::integer[],
        %(besides)s::bytea[]
    ) AS kept (user_id, conversation_id, id, text, seq, attempt, beside)
    WHERE m.user_id = kept.user_id AND m.conversation_id = kept.conversation_id
      AND m.id = kept.id AND m.end_time IS NULL
      AND m.holder = %(holder)s AND m.attempt = kept.attempt
    RETURNING m.id
"""

RESTART: LiteralString = (
    "UPDATE messages SET attempt = attempt + 1"
    + OF_MESSAGE
    + "AND end_time IS NULL AND"
    + HELD_BY
    + "AND attempt = %(attempt)s"
)

HAND_OVER: LiteralString = """
    UPDATE messages SET holder = NULL, handovers = handovers + 1
    WHERE holder = %(holder)s AND end_time IS NULL
"""

HELD: LiteralString = """
    SELECT id FROM messages WHERE holder = %(holder)s AND end_time IS NULL
"""

RELEASE: LiteralString = """
    UPDATE messages SET holder = NULL
    WHERE holder = %(holder)s AND end_time IS NULL AND id = ANY(%(replies)s)
"""

LEAVE: LiteralString = "DELETE FROM replicas WHERE id = %(holder)s"

RESERVED: LiteralString = (
    "SELECT reserved_date FROM messages"
    + OF_MESSAGE
    + "AND end_time IS NULL AND"
    + HELD_BY
    + "FOR UPDATE"
)

EXTEND: LiteralString = (
    """
    UPDATE messages SET
        reserved_tokens = reserved_tokens + %(tokens)s,
        reserved_micros = reserved_micros + %(micros)s
"""
    + OF_MESSAGE
)


class PostgresReplica:
    """Holds replies for one process."""

    def __init__(self, database: Database, *, name: str, budgets: Budgets) -> None:
        self.id = uuid4()
        self._database = database
        self._name = name
        self._budgets = budgets

    @property
    def _values(self) -> dict[str, Any]:
        return {"holder": self.id, "name": self._name}

    async def renew(self) -> Renewed:
        async with (
            self._database.transaction() as connection,
            connection.pipeline(),
        ):
            await connection.execute(RENEW, self._values)
            await connection.execute(SUCCEED, self._values)
            stops = await connection.execute(STOPS, self._values)
        return Renewed(stops=await stops.fetchall())

    async def adopt(self, limit: int, *, strangers: bool) -> Sequence[Begun]:
        values = {**self._values, "limit": limit, "strangers": strangers}
        values["history"] = HISTORY
        async with self._database.transaction() as connection:
            async with connection.pipeline():
                adopted = await connection.execute(ADOPT, values)
                unqueued = await connection.execute(UNQUEUE, values)
            rows = [*await adopted.fetchall(), *await unqueued.fetchall()]
            return await self._load(connection, rows)

    async def keep(self, written: Sequence[Progress]) -> Sequence[UUID]:
        if not written:
            return ()
        names = [progress.name for progress in written]
        values = {
            **self._values,
            "users": [name.conversation.user_id for name in names],
            "conversations": [name.conversation.id for name in names],
            "messages": [name.id for name in names],
            "texts": [progress.text for progress in written],
            "seqs": [progress.seq for progress in written],
            "attempts": [progress.attempt for progress in written],
            "besides": [progress.beside for progress in written],
        }
        async with self._database.statement() as connection:
            return [
                row[0]
                for row in await (await connection.execute(KEEP, values)).fetchall()
            ]

    async def restart(self, name: MessageName, attempt: int) -> bool:
        values = {**self._values, **of_message(name), "attempt": attempt}
        async with self._database.statement() as connection:
            return bool((await connection.execute(RESTART, values)).rowcount)

    async def extend(self, name: MessageName, model: str) -> int:
        values = {**self._values, **of_message(name)}
        want = self._budgets.more(model, EXTENSION_TOKENS)
        async with self._database.transaction() as connection:
            found = await (await connection.execute(RESERVED, values)).fetchone()
            if not found:
                return 0  # another replica's
            more = await extend(
                connection,
                name.conversation.user_id,
                want,
                limits=self._budgets.limits,
                day=found[0],
            )
            values |= {"tokens": more.tokens, "micros": more.micros}
            await connection.execute(EXTEND, values)
        return self._budgets.allowance(more, model, input_tokens=0) or 0

    async def end(
        self, begun: Begun, ending: Ending
    ) -> tuple[Message, Sequence[Begun]]:
        async with self._database.transaction() as connection:
            stored, waiting = await end(
                connection, begun, ending, holder=self.id, budgets=self._budgets
            )
            return stored, await self._load(connection, waiting)

    async def held(self) -> set[UUID]:
        async with self._database.statement() as connection:
            held = await connection.execute(HELD, self._values)
            return {id for (id,) in await held.fetchall()}

    async def release(self, replies: Collection[UUID]) -> None:
        values = {**self._values, "replies": list(replies)}
        async with self._database.statement() as connection:
            await connection.execute(RELEASE, values)

    async def hand_over(self) -> int:
        async with self._database.transaction() as connection:
            left = await connection.execute(HAND_OVER, self._values)
            await connection.execute(LEAVE, self._values)
            return left.rowcount

    async def _load(
        self, connection: AsyncConnection, rows: Sequence[tuple[UUID, UUID, UUID]]
    ) -> list[Begun]:
        names = [MessageName(ConversationName(user, of), id) for user, of, id in rows]
        return [await load(connection, name, self._budgets) for name in names]
