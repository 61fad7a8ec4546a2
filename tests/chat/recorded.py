"""What was recorded of a user, in order."""

from uuid import UUID

import psycopg

EVENTS = """
    SELECT kind, 'users/' || user_id || '/conversations/' || conversation_id
    FROM events WHERE user_id = %s AND starts_with(kind, %s) ORDER BY seq
"""


def recorded(database: str, user: UUID, kind: str = "") -> list[tuple[str, str]]:
    """Return the kinds of a user's events, with the conversations they are about."""
    with psycopg.connect(database) as connection:
        return [(row[0], row[1]) for row in connection.execute(EVENTS, (user, kind))]
