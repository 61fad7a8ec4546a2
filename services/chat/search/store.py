"""The words of messages."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from services.chat.search.model import (
    MAX_TEXT,
    MAX_WORD,
    Found,
    Results,
    Search,
    named,
)
from services.kit.postgres import Database

FOLDED: LiteralString = """
    SELECT search_owner(%(user_id)s), ARRAY(
        SELECT search_folded(words)
        FROM unnest(%(words)s::text[]) WITH ORDINALITY AS w (words, place)
        ORDER BY place
    )
"""

WITHIN: LiteralString = """
    user_id = %(user_id)s
    AND create_time >= coalesce(%(start)s, timestamptz '-infinity')
    AND create_time < coalesce(%(end)s, timestamptz 'infinity')
    AND (create_time, message_id)
        < (coalesce(%(time)s, timestamptz 'infinity'), %(after)s)
"""
MATCHING: LiteralString = """
    words @@ %(query)s::tsquery
    AND model = coalesce(%(model)s, model)
    AND conversation_id NOT IN (
        SELECT id FROM conversations
        WHERE user_id = %(user_id)s AND (delete_time IS NOT NULL OR temporary)
    )
"""
COLUMNS: LiteralString = " conversation_id, message_id, model, create_time "
NEWEST: LiteralString = " ORDER BY create_time DESC, message_id DESC LIMIT "
FOUND: LiteralString = (
    "), found AS (SELECT * FROM hits "
    + NEWEST
    + """ %(limit)s
    ) SELECT found.conversation_id, found.message_id, c.title, m.role, found.model,
        found.create_time, left(m.text, %(max_text)s) AS text
    FROM found
    JOIN conversations c ON c.user_id = %(user_id)s AND c.id = found.conversation_id
    JOIN messages m ON m.user_id = %(user_id)s
      AND m.conversation_id = found.conversation_id AND m.id = found.message_id
    ORDER BY found.create_time DESC, found.message_id DESC
"""
)

PLAN_ANEW: LiteralString = "SET LOCAL plan_cache_mode = force_custom_plan"

# Words that many messages hold are among the newest ones: these are looked through, so
# that the thousands before need not be sorted.
FIND_RECENT: LiteralString = (
    "WITH hits AS (SELECT"
    + COLUMNS
    + "FROM (SELECT * FROM search_entries WHERE"
    + WITHIN
    + NEWEST
    + "%(recent)s) AS recent WHERE"
    + MATCHING
    + FOUND
)
# Other words are looked up, and what is found is sorted: `MATERIALIZED` keeps the
# planner from walking through all of a user's messages, hoping to meet them soon.
FIND: LiteralString = (
    "WITH hits AS MATERIALIZED (SELECT"
    + COLUMNS
    + "FROM search_entries WHERE"
    + WITHIN
    + " AND "
    + MATCHING
    + FOUND
)
RECENT = 200  # messages
# Whether words stand together is seen in each message that holds them, one by one.
RECENT_FOR_PHRASES = 2000

# The batch ends early at long messages, so that each is done well within the time that
# a statement may take.
FILL: LiteralString = """
    WITH progress AS (
        SELECT * FROM search_progress FOR UPDATE SKIP LOCKED
    ), batch AS (
        SELECT *, count(*) OVER () AS found, sum(octet_length(text)) OVER (
            ORDER BY user_id, conversation_id, id ROWS UNBOUNDED PRECEDING
        ) - octet_length(text) AS before
        FROM (
            SELECT m.* FROM messages m
            WHERE (user_id, conversation_id, id) > (
                SELECT user_id, conversation_id, message_id FROM progress
            ) ORDER BY user_id, conversation_id, id LIMIT %(batch)s FOR KEY SHARE
        ) AS next
    ), done AS (
        SELECT * FROM batch WHERE before < %(bytes)s
    ), added AS (
        INSERT INTO search_entries (
            user_id, conversation_id, message_id, model, create_time, words
        )
        SELECT user_id, conversation_id, id, model, create_time,
            search_words(user_id, text)
        FROM done WHERE end_time IS NOT NULL
        ON CONFLICT DO NOTHING
    ), moved AS (
        UPDATE search_progress p SET
            user_id = last.user_id, conversation_id = last.conversation_id,
            message_id = last.id
        FROM (
            SELECT user_id, conversation_id, id FROM done
            ORDER BY user_id DESC, conversation_id DESC, id DESC LIMIT 1
        ) AS last
    ) SELECT (SELECT count(*) FROM done), EXISTS (SELECT FROM progress)
"""
FILLED: LiteralString = "DELETE FROM search_progress"
BATCH = 500  # messages
BATCH_BYTES = 1_000_000
BATCHES = 20  # a round

LAST_ID = UUID(int=2**128 - 1)

Phrase = tuple[str, ...]


class PostgresIndex:
    """Looks words up; one method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, search: Search, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Results:
        time, id = after or (None, LAST_ID)
        async with self._database.transaction() as connection:
            owner, phrases = await folded(connection, search)
            wanted = phrases[: len(search.query.wanted)]
            if not any(wanted):
                return Results((), ())
            values = {
                "user_id": search.user_id,
                "query": compared(owner, phrases, search),
                "start": search.start_time,
                "end": search.end_time,
                "model": search.model or None,
                "time": time,
                "after": id,
                "limit": limit,
                "recent": (
                    RECENT_FOR_PHRASES if any(len(w) > 1 for w in phrases) else RECENT
                ),
                "max_text": MAX_TEXT,
            }
            cursor = await connection.execute(FIND_RECENT, values)
            rows = await cursor.fetchall()
            if len(rows) < limit:
                # Planned anew each time, for this user and these words.
                await connection.execute(PLAN_ANEW)
                cursor = await connection.execute(FIND, values, prepare=False)
                rows = await cursor.fetchall()
        found = tuple(
            Found(
                name=named(search.user_id, conversation, message),
                title=title,
                role=role,
                model=model,
                create_time=create_time,
                text=text,
            )
            for conversation, message, title, role, model, create_time, text in rows
        )
        return Results(found, tuple(wanted))

    async def fill(self) -> int:
        """Add some of the messages from before search was there; return how many."""
        added = 0
        for _ in range(BATCHES):
            async with self._database.transaction() as connection:
                values = {"batch": BATCH, "bytes": BATCH_BYTES}
                cursor = await connection.execute(FILL, values)
                count, unfinished = await cursor.fetchone() or (0, False)
                if unfinished and not count:
                    await connection.execute(FILLED)
            if not count:
                break
            added += count
        return added


async def folded(
    connection: AsyncConnection, search: Search
) -> tuple[str, list[Phrase]]:
    """Have words made of what the user wrote as they were of what was said."""
    words = [*search.query.wanted, *search.query.unwanted]
    values = {"user_id": search.user_id, "words": words}
    row = await (await connection.execute(FOLDED, values)).fetchone()
    assert row, "it selects no table"
    owner, texts = row
    return owner, [tuple(w[:MAX_WORD] for w in text.split()) for text in texts]


def compared(owner: str, phrases: list[Phrase], search: Search) -> str:
    """Write a tsquery. Words are letters and digits, so none of it is syntax."""
    wanted = len(search.query.wanted)
    written = [
        ("" if number < wanted else "!")
        + "("
        + " <-> ".join(f"'{owner}{word}'" for word in phrase)
        + (":*" if search.query.open_end and number == wanted - 1 else "")
        + ")"
        for number, phrase in enumerate(phrases)
        if phrase
    ]
    return " & ".join(written)
