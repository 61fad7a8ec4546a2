"""Request IDs: what makes a retry answer as the first try did (AIP-155)."""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.chat.requests.model import Request
from services.kit.errors import RequestIdReused
from services.kit.postgres import Database

# Changes no row if the ID is taken. Of two tries at once, the second waits here until
# the first has committed or failed.
CLAIM: LiteralString = """
    INSERT INTO requests (
        user_id, id, digest, conversation_id, message_id, resource_id, create_time
    ) VALUES (
        %(user_id)s, %(request)s, %(digest)s, %(conversation)s, %(message)s,
        %(resource)s, now()
    ) ON CONFLICT (user_id, id) DO NOTHING
"""

FIND: LiteralString = """
    SELECT conversation_id, message_id, resource_id, digest FROM requests
    WHERE user_id = %(user_id)s AND id = %(request)s
"""

FORGET: LiteralString = """
    DELETE FROM requests r USING (
        SELECT user_id, id FROM requests
        WHERE create_time < now() - interval '24 hours'
        ORDER BY create_time LIMIT %(limit)s
    ) old WHERE r.user_id = old.user_id AND r.id = old.id
"""
FORGOTTEN_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a request is about: what a retry of it is answered with."""

    conversation: UUID | None = None
    message: UUID | None = None
    resource: UUID | None = None  # a folder, share or import


def claim_values(user_id: UUID, request: Request, target: Target) -> dict[str, object]:
    """Return the values for `CLAIM`."""
    return {
        "user_id": user_id,
        "request": request.id,
        "digest": request.digest,
        "conversation": target.conversation,
        "message": target.message,
        "resource": target.resource,
    }


async def claim(
    connection: AsyncConnection, user_id: UUID, request: Request, target: Target
) -> Target | None:
    """
    Take a request ID for this transaction, as the first thing that it does.

    Return None if nobody had it, and the first try's target if this is a retry: then
    do nothing, and answer as the target is now. `RequestIdReused` if the ID was used
    for another request.
    """
    values = claim_values(user_id, request, target)
    if (await connection.execute(CLAIM, values)).rowcount:
        return None
    return await claimed_before(connection, user_id, request)


async def claimed_before(
    connection: AsyncConnection, user_id: UUID, request: Request
) -> Target:
    """Return what a request ID was used for."""
    values = {"user_id": user_id, "request": request.id}
    found = await (await connection.execute(FIND, values)).fetchone()
    if found is None or found[3] != request.digest:
        raise RequestIdReused
    return Target(conversation=found[0], message=found[1], resource=found[2])


async def forget(database: Database) -> int:
    """Forget what was asked more than a day ago."""
    async with database.statement() as connection:
        values = {"limit": FORGOTTEN_AT_ONCE}
        return (await connection.execute(FORGET, values)).rowcount
