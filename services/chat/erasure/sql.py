"""What erases the rows of each table. A test asks whether any table is forgotten."""

from typing import LiteralString

# Conversations to erase: those marked when it was asked for, and those that came from
# transactions which were under way then. An ID begins with the time it was made at.
DOOMED: LiteralString = (
    " user_id = %(user_id)s AND (purge_time <= %(until)s OR id < %(boundary)s) "
)

# So that they are out of sight for everybody, as ones whose time has come.
MARK_ALL: LiteralString = """
    UPDATE conversations
    SET delete_time = coalesce(delete_time, now()), purge_time = now()
    WHERE user_id = %(user_id)s AND (purge_time IS NULL OR purge_time > now())
"""
MARK_LATE: LiteralString = MARK_ALL + " AND id < %(boundary)s"

# What is queued ends here and now, because nobody writes it.
STOP: LiteralString = (
    """
    UPDATE messages SET
        stop_seq = coalesce(stop_seq, 9223372036854775807),
        state = CASE state WHEN 'queued' THEN 'stopped' ELSE state END,
        seq = CASE state WHEN 'queued' THEN 2 ELSE seq END,
        end_time = CASE state WHEN 'queued' THEN now() END
    WHERE user_id = %(user_id)s AND end_time IS NULL
      AND conversation_id IN (SELECT id FROM conversations WHERE"""
    + DOOMED
    + ") RETURNING holder"
)

# Of so many conversations at a time, so that the cost of a part is that of what it
# takes away. One with a reply that has yet to stop waits, but not for ever: after half
# a minute nobody may be writing it.
READY: LiteralString = (
    "SELECT id FROM conversations c WHERE"
    + DOOMED
    + """
      AND (purge_time < now() - interval '30 seconds' OR NOT EXISTS (
        SELECT FROM messages m WHERE m.user_id = %(user_id)s
          AND m.conversation_id = c.id AND m.end_time IS NULL
      )) ORDER BY id LIMIT %(conversations)s
"""
)
LEFT: LiteralString = "SELECT FROM conversations WHERE" + DOOMED + "LIMIT 1"

# Their search entries go with them.
MESSAGES: LiteralString = """
    DELETE FROM messages WHERE user_id = %(user_id)s AND (conversation_id, id) IN (
        SELECT conversation_id, id FROM messages
        WHERE user_id = %(user_id)s AND conversation_id = ANY(%(ready)s)
        LIMIT %(limit)s
    )
"""

# Once they have no messages. Links go with them.
CONVERSATIONS: LiteralString = """
    DELETE FROM conversations WHERE user_id = %(user_id)s AND id = ANY(%(ready)s)
"""

# Whoever runs one finds that it has ended, and brings no more conversations.
END_IMPORTS: LiteralString = """
    UPDATE imports SET
        end_time = now(), problem = 'erased', runner = NULL, lease_expire_time = NULL
    WHERE user_id = %(user_id)s AND create_time <= %(until)s AND end_time IS NULL
"""

SHARES: LiteralString = """
    DELETE FROM shares WHERE user_id = %(user_id)s AND create_time <= %(until)s
"""

# A reply that is stopped is charged, and said to have ended, a moment later.
OLD: LiteralString = " (create_time <= %(until)s OR conversation_id < %(boundary)s) "


def of_table(
    table: LiteralString, key: LiteralString, which: LiteralString
) -> LiteralString:
    """Write the statement that deletes some of a user's rows."""
    return f"""
        DELETE FROM {table} WHERE user_id = %(user_id)s AND ({key}) IN (
            SELECT {key} FROM {table} WHERE user_id = %(user_id)s AND {which}
            LIMIT %(limit)s
        )
    """


# What llm still does for the user counts as if it used all that is set aside, and is
# charged no more when it ends.
END_HOLDS: LiteralString = """
    WITH ended AS (
        DELETE FROM holds WHERE user_id = %(user_id)s AND id < %(boundary)s
        RETURNING reserved_tokens, reserved_micros, reserved_date
    ), sums AS (
        SELECT
            period, date_trunc(period, reserved_date)::date AS start_date,
            sum(reserved_tokens) AS tokens, sum(reserved_micros) AS micros
        FROM ended, (VALUES ('month'), ('day')) AS l (period) GROUP BY 1, 2
    )
    UPDATE usage_periods p SET
        used_tokens = p.used_tokens + sums.tokens,
        used_micros = p.used_micros + sums.micros,
        reserved_tokens = greatest(0, p.reserved_tokens - sums.tokens),
        reserved_micros = greatest(0, p.reserved_micros - sums.micros)
    FROM sums WHERE p.user_id = %(user_id)s
      AND p.period = sums.period AND p.start_date = sums.start_date
"""


TABLES: tuple[LiteralString, ...] = (
    END_HOLDS,
    of_table(
        "import_chunks",
        "import_id, start",
        """import_id IN (
            SELECT id FROM imports
            WHERE user_id = %(user_id)s AND create_time <= %(until)s
        )""",
    ),
    of_table(
        "imports",
        "id",
        """create_time <= %(until)s AND NOT EXISTS (
            SELECT FROM import_chunks c
            WHERE c.user_id = %(user_id)s AND c.import_id = imports.id
        )""",
    ),
    of_table("folders", "id", "create_time <= %(until)s"),
    of_table("requests", "id", OLD),
    of_table("charges", "id", OLD),
    # The sums of the running day and month stay until they end, or a user would have a
    # new budget by erasing what was bought with the old one.
    of_table(
        "usage_periods",
        "period, start_date",
        "start_date < date_trunc(period, now() AT TIME ZONE 'UTC')::date",
    ),
    of_table("events", "seq", OLD),
)
