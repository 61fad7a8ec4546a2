"""Messages."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from uuid_utils.compat import uuid7

from services.chat.conversations.model import ConversationNotFound
from services.chat.conversations.store import exists, key
from services.chat.messages.model import (
    HISTORY,
    Begun,
    Ending,
    Message,
    MessageNotFound,
    ReplyInProgress,
    Said,
)
from services.chat.messages.ports import Progress
from services.chat.names import ConversationName, MessageName
from services.chat.requests.store import (
    CLAIM,
    FORGET,
    Target,
    claim_values,
    claimed_before,
)
from services.kit.postgres import Database

COLUMNS: LiteralString = """
    id, parent_id, role, text, state, model, failure, input_tokens, output_tokens, seq,
    create_time, end_time
"""
WHERE: LiteralString = " WHERE user_id = %(user_id)s AND conversation_id = %(id)s "

ADD: LiteralString = (
    """
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, end_time, lease_expire_time
    ) VALUES (
        %(user_id)s, %(id)s, %(said)s, %(parent)s, 'user', %(text)s, 'completed',
        '', 0, now(), now(), NULL
    ), (
        %(user_id)s, %(id)s, %(reply)s, %(said)s, 'assistant', '', 'generating',
        %(model)s, 1, now(), NULL, now() + interval '15 seconds'
    ) RETURNING """
    + COLUMNS
)

# Finds the conversation, and lets nobody else add to it in this transaction's time.
USED: LiteralString = """
    UPDATE conversations
    SET update_time = now(), title = CASE title WHEN '' THEN %(title)s ELSE title END
    WHERE user_id = %(user_id)s AND id = %(id)s
"""

NEWEST: LiteralString = (
    "SELECT id, state FROM messages" + WHERE + "ORDER BY id DESC LIMIT 1"
)

STATE: LiteralString = "SELECT id, state FROM messages" + WHERE + "AND id = %(parent)s"

# Walks from a message to the first, so its cost is the history's, however long the
# conversation and however many its branches.
BRANCH: LiteralString = (
    "WITH RECURSIVE branch AS (SELECT 1 AS depth, m.* FROM messages m"
    + WHERE
    + """
      AND id = %(parent)s
    UNION ALL
    SELECT depth + 1, m.* FROM branch b JOIN messages m
      ON m.user_id = %(user_id)s AND m.conversation_id = %(id)s AND m.id = b.parent_id
    WHERE depth < %(limit)s
    ) SELECT """
    + COLUMNS
    + "FROM branch ORDER BY depth DESC"
)

GET: LiteralString = (
    "SELECT" + COLUMNS + "FROM messages" + WHERE + "AND id = %(message)s"
)

PAGE: LiteralString = (
    "SELECT"
    + COLUMNS
    + "FROM messages"
    + WHERE
    + "AND id > %(after)s ORDER BY id LIMIT %(limit)s"
)

END: LiteralString = (
    """
    UPDATE messages SET
        state = %(state)s, text = %(text)s, seq = %(seq)s, failure = %(failure)s,
        model = coalesce(nullif(%(model)s, ''), model), end_time = now(),
        input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s,
        lease_expire_time = NULL
"""
    + WHERE
    + "AND id = %(message)s AND state = 'generating' RETURNING "
    + COLUMNS
)

KEEP: LiteralString = """
    UPDATE messages m SET
        lease_expire_time = now() + interval '15 seconds',
        text = kept.text, seq = kept.seq
    FROM unnest(
        %(users)s::uuid[], %(conversations)s::uuid[], %(messages)s::uuid[],
        %(texts)s::text[], %(seqs)s::bigint[]
    ) AS kept (user_id, conversation_id, id, text, seq)
    WHERE m.user_id = kept.user_id AND m.conversation_id = kept.conversation_id
      AND m.id = kept.id AND m.state = 'generating'
"""

FAIL_ABANDONED: LiteralString = """
    UPDATE messages SET
        state = 'failed', failure = 'REPLY_INTERRUPTED', seq = seq + 1,
        end_time = now(), lease_expire_time = NULL
    WHERE state = 'generating' AND lease_expire_time < now()
"""

FIRST_ID = UUID(int=0)


def whole(said: Said, parent: tuple[UUID, str] | None) -> UUID | None:
    """Return the message that one follows, which must not be in the making."""
    if parent is None and said.parent_id:
        raise MessageNotFound(message=MessageName(said.to, said.parent_id))
    if parent is None:
        return None
    if parent[1] == "generating":
        raise ReplyInProgress(message=MessageName(said.to, parent[0]))
    return parent[0]


class PostgresMessages:
    """Stores messages; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, said: Said) -> Begun:
        message, reply = uuid7(), uuid7()
        values = {
            **key(said.to),
            "said": message,
            "reply": reply,
            "parent": said.parent_id,
            "text": said.text,
            "model": said.model,
            "title": said.title,
            "limit": HISTORY - 1,
        }
        target = Target(conversation=said.to.id, message=reply)
        values |= claim_values(said.to.user_id, said.request, target)
        async with self._database.transaction() as connection:
            # In one round trip: what they find is looked at below.
            async with connection.pipeline():
                claimed = await connection.execute(CLAIM, values)
                used = await connection.execute(USED, values)
                parent = await connection.execute(
                    STATE if said.parent_id else NEWEST, values
                )
            if not claimed.rowcount:
                await connection.rollback()
                return await self._begun_before(connection, said)
            if not used.rowcount:
                raise ConversationNotFound(conversation=said.to)
            values["parent"] = whole(said, await parent.fetchone())
            history = (
                await self._select(connection, BRANCH, values)
                if values["parent"]
                else []
            )
            stored = await self._select(connection, ADD, values)
        by_id = {each.id: each for each in stored}
        return Begun(
            conversation=said.to,
            said=by_id[message],
            reply=by_id[reply],
            history=(*history, by_id[message]),
            retried=False,
        )

    async def _begun_before(self, connection: AsyncConnection, said: Said) -> Begun:
        first = await claimed_before(connection, said.to.user_id, said.request)
        id = first.message
        assert id, "the digest tells the kinds of requests apart"
        reply = await self._one(connection, MessageName(said.to, id))
        assert reply.parent_id, "a reply follows what was said"
        return Begun(
            conversation=said.to,
            said=await self._one(connection, MessageName(said.to, reply.parent_id)),
            reply=reply,
            history=(),
            retried=True,
        )

    async def end(self, name: MessageName, ending: Ending) -> Message:
        values = {
            **key(name.conversation),
            "message": name.id,
            "state": ending.state,
            "text": ending.text,
            "seq": ending.seq,
            "model": ending.model,
            "failure": ending.failure,
            "input_tokens": ending.input_tokens,
            "output_tokens": ending.output_tokens,
        }
        async with self._database.statement() as connection:
            if stored := await self._select(connection, END, values):
                return stored[0]
            return await self._one(connection, name)

    async def get(self, name: MessageName) -> Message:
        async with self._database.statement() as connection:
            return await self._one(connection, name)

    async def page(
        self, of: ConversationName, *, after: UUID | None, limit: int
    ) -> Sequence[Message]:
        values = {**key(of), "after": after or FIRST_ID, "limit": limit}
        async with self._database.statement() as connection:
            if found := await self._select(connection, PAGE, values):
                return found
            if not await exists(connection, of):
                raise ConversationNotFound(conversation=of)
            return []

    async def keep(self, written: Sequence[Progress]) -> None:
        if not written:
            return
        names = [progress.name for progress in written]
        values = {
            "users": [name.conversation.user_id for name in names],
            "conversations": [name.conversation.id for name in names],
            "messages": [name.id for name in names],
            "texts": [progress.text for progress in written],
            "seqs": [progress.seq for progress in written],
        }
        async with self._database.statement() as connection:
            await connection.execute(KEEP, values)

    async def fail_abandoned(self) -> int:
        async with self._database.transaction() as connection:
            await connection.execute(FORGET)
            return (await connection.execute(FAIL_ABANDONED)).rowcount

    async def _one(self, connection: AsyncConnection, name: MessageName) -> Message:
        values = {**key(name.conversation), "message": name.id}
        if found := await self._select(connection, GET, values):
            return found[0]
        raise MessageNotFound(message=name)

    async def _select(
        self,
        connection: AsyncConnection,
        query: LiteralString,
        values: dict[str, object],
    ) -> list[Message]:
        cursor = connection.cursor(row_factory=class_row(Message))
        await cursor.execute(query, values)
        return await cursor.fetchall()
