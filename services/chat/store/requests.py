"""Request IDs: what makes a retry answer as the first try did (AIP-155)."""

from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.chat.model import Request, RequestIdReused

CLAIM: LiteralString = """
    INSERT INTO requests (user_id, id, digest, conversation_id, message_id, create_time)
    VALUES (%(user_id)s, %(id)s, %(digest)s, %(conversation)s, %(message)s, now())
    ON CONFLICT (user_id, id) DO NOTHING
"""

FIND: LiteralString = """
    SELECT digest, conversation_id, message_id FROM requests
    WHERE user_id = %(user_id)s AND id = %(id)s
"""

FORGET: LiteralString = """
    DELETE FROM requests WHERE create_time < now() - interval '24 hours'
"""


async def claim(
    connection: AsyncConnection,
    user_id: UUID,
    request: Request,
    *,
    conversation: UUID,
    message: UUID | None = None,
) -> tuple[UUID, UUID | None] | None:
    """
    Take a request ID for what this transaction is about to store.

    Return None if it is ours, else what the first try stored under it. Two tries at
    once: the second waits here until the first has committed or failed.
    """
    key = {"user_id": user_id, "id": request.id}
    values = {
        "digest": request.digest,
        "conversation": conversation,
        "message": message,
    }
    if (await connection.execute(CLAIM, {**key, **values})).rowcount:
        return None
    found = await (await connection.execute(FIND, key)).fetchone()
    if found is None or found[0] != request.digest:
        raise RequestIdReused
    return found[1], found[2]
