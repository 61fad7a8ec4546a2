"""Writing events."""

from typing import LiteralString

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from services.chat.outbox.model import Event

RECORD: LiteralString = """
    WITH head AS (
        INSERT INTO event_heads AS heads (user_id, seq) VALUES (%(user_id)s, 1)
        ON CONFLICT (user_id) DO UPDATE SET seq = heads.seq + 1 RETURNING seq
    )
    INSERT INTO events (
        user_id, seq, id, kind, conversation_id, resource_id, data, create_time,
        transaction
    ) SELECT
        %(user_id)s, seq, %(id)s, %(kind)s, %(conversation_id)s, %(resource_id)s,
        %(data)s, now(), pg_current_xact_id()
    FROM head
"""


async def record(connection: AsyncConnection, event: Event) -> None:
    """
    Write an event, as the last thing that a transaction does.

    From here until it commits, every other transaction of this user that records
    anything waits.
    """
    values = {
        "user_id": event.user_id,
        "id": uuid7(),
        "kind": event.kind,
        "conversation_id": event.conversation_id,
        "resource_id": event.resource_id,
        "data": Jsonb(dict(event.data)),
    }
    await connection.execute(RECORD, values)
