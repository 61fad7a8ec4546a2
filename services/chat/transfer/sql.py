"""Statements about imports."""

from typing import LiteralString

COLUMNS: LiteralString = """
    id, size_bytes, uploaded_bytes, create_time, next_index, imported_conversations,
    imported_messages, skipped_count, end_time IS NOT NULL AS ended, problem
"""
WHERE: LiteralString = " WHERE user_id = %(user_id)s AND id = %(id)s "
MINE: LiteralString = WHERE + " AND runner = %(runner)s AND end_time IS NULL "
LEASED: LiteralString = " now() + make_interval(secs => %(lease)s) "

# One of a user at a time, so that two at once are not one too many.
QUEUE: LiteralString = """
    SELECT pg_advisory_xact_lock(hashtextextended('imports/' || %(user_id)s::text, 0))
"""

CREATE: LiteralString = """
    INSERT INTO imports (user_id, id, size_bytes, create_time)
    SELECT %(user_id)s, %(id)s, %(size)s, now()
    WHERE %(maximum)s > (
        SELECT count(*) FROM imports WHERE user_id = %(user_id)s AND end_time IS NULL
    )
"""

GET: LiteralString = "SELECT" + COLUMNS + "FROM imports" + WHERE
LOCK: LiteralString = GET + " FOR UPDATE"

RUNNING: LiteralString = (
    "SELECT FROM imports" + WHERE + " AND lease_expire_time > now()"
)

ADD_PART: LiteralString = """
    INSERT INTO import_chunks (user_id, import_id, start, data)
    VALUES (%(user_id)s, %(id)s, %(start)s, %(data)s)
"""

SAME_PART: LiteralString = """
    SELECT FROM import_chunks
    WHERE user_id = %(user_id)s AND import_id = %(id)s AND start = %(start)s
      AND data = %(data)s
"""

UPLOADED: LiteralString = (
    """
    UPDATE imports SET
        uploaded_bytes = uploaded_bytes + %(length)s, parts = parts + 1
"""
    + WHERE
    + " AND parts < %(maximum)s RETURNING "
    + COLUMNS
)

PART: LiteralString = """
    SELECT substr(data, (%(start)s - start + 1)::integer) FROM import_chunks
    WHERE user_id = %(user_id)s AND import_id = %(id)s AND start <= %(start)s
    ORDER BY start DESC LIMIT 1
"""

CLAIM: LiteralString = (
    "UPDATE imports SET runner = %(runner)s, lease_expire_time = "
    + LEASED
    + WHERE
    + """
      AND end_time IS NULL AND uploaded_bytes = size_bytes
      AND (runner IS NULL OR lease_expire_time <= now())
    RETURNING """
    + COLUMNS
)

RENEW: LiteralString = "UPDATE imports SET lease_expire_time = " + LEASED + MINE

RELEASE: LiteralString = (
    "UPDATE imports SET runner = NULL, lease_expire_time = NULL" + MINE
)

KEPT: LiteralString = (
    """
    UPDATE imports SET
        next_index = %(next_index)s,
        imported_conversations = imported_conversations + %(conversations)s,
        imported_messages = imported_messages + %(messages)s,
        skipped_count = skipped_count + %(skipped)s,
        lease_expire_time = """
    + LEASED
    + MINE
    + " RETURNING "
    + COLUMNS
)

END: LiteralString = (
    """
    UPDATE imports SET
        end_time = now(), problem = %(problem)s, runner = NULL, lease_expire_time = NULL
"""
    + MINE
    + " RETURNING "
    + COLUMNS
)

# A file is dropped in steps that are quick each.
DROP_PARTS: LiteralString = """
    DELETE FROM import_chunks
    WHERE user_id = %(user_id)s AND import_id = %(id)s AND start IN (
        SELECT start FROM import_chunks
        WHERE user_id = %(user_id)s AND import_id = %(id)s ORDER BY start LIMIT 128
    )
"""

STALE: LiteralString = """
    SELECT user_id, id FROM imports
    WHERE create_time < now() - interval '1 day'
      AND (runner IS NULL OR lease_expire_time <= now())
    ORDER BY create_time LIMIT %(limit)s
"""

DROP: LiteralString = (
    "DELETE FROM imports"
    + WHERE
    + " AND (runner IS NULL OR lease_expire_time <= now())"
)
