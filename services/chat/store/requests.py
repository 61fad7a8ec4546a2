"""Request IDs: what makes a retry answer as the first try did (AIP-155)."""

from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.chat.model import Request
from services.kit.errors import RequestIdReused

# Changes no row if the ID is taken. Of two tries at once, the second waits here until
# the first has committed or failed.
CLAIM: LiteralString = """
    INSERT INTO requests (user_id, id, digest, conversation_id, message_id, create_time)
    VALUES (%(user_id)s, %(request)s, %(digest)s, %(id)s, %(reply)s, now())
    ON CONFLICT (user_id, id) DO NOTHING
"""

FIND: LiteralString = """
    SELECT digest, conversation_id, message_id FROM requests
    WHERE user_id = %(user_id)s AND id = %(request)s
"""

FORGET: LiteralString = """
    DELETE FROM requests WHERE create_time < now() - interval '24 hours'
"""


async def claimed_before(
    connection: AsyncConnection, user_id: UUID, request: Request
) -> tuple[UUID, UUID | None]:
    """Return the conversation and the reply that a request ID was used for."""
    values = {"user_id": user_id, "request": request.id}
    found = await (await connection.execute(FIND, values)).fetchone()
    if found is None or found[0] != request.digest:
        raise RequestIdReused
    return found[1], found[2]
