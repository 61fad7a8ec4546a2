"""Statements about jobs."""

from typing import LiteralString

# Who takes a job sees what others have taken.
QUEUE: LiteralString = (
    "SELECT pg_advisory_xact_lock(hashtextextended('llm/documents/jobs', 0))"
)
# From user to user in the index of what is due, however much each of them has there.
CLAIM: LiteralString = """
    WITH RECURSIVE users AS (
        (
            SELECT user_id FROM documents WHERE due_time IS NOT NULL
            ORDER BY user_id LIMIT 1
        ) UNION ALL
        SELECT (
            SELECT d.user_id FROM documents d
            WHERE d.due_time IS NOT NULL AND d.user_id > u.user_id
            ORDER BY d.user_id LIMIT 1
        ) FROM users u WHERE u.user_id IS NOT NULL
    ), next AS (
        SELECT u.user_id, job.id FROM users u CROSS JOIN LATERAL (
            SELECT d.id, d.due_time FROM documents d
            WHERE d.user_id = u.user_id AND d.due_time <= now()
              AND d.delete_time IS NULL
            ORDER BY d.due_time, d.id LIMIT 1
        ) job
        ORDER BY (
            SELECT count(*) FROM documents d
            WHERE d.user_id = u.user_id AND d.due_time > now() AND d.holder IS NOT NULL
        ), job.due_time, job.id LIMIT 1
    )
    UPDATE documents d SET
        holder = %(run)s, due_time = now() + make_interval(secs => %(lease)s),
        attempts = attempts + 1
    FROM next WHERE d.user_id = next.user_id AND d.id = next.id
    RETURNING d.user_id, d.id, d.collection_id, d.display_name, d.size_bytes,
        d.attempts, d.version IS NOT NULL OR d.attempts > 1 OR d.delays > 0
"""

MINE: LiteralString = """
    WHERE user_id = %(user_id)s AND id = %(id)s AND holder = %(run)s
      AND delete_time IS NULL
"""
PART: LiteralString = """
    SELECT data FROM document_parts
    WHERE user_id = %(user_id)s AND document_id = %(id)s AND start = %(start)s
"""
RENEW: LiteralString = (
    """
    UPDATE documents SET
        due_time = now() + make_interval(secs => %(lease)s),
        progress_percent = %(percent)s
"""
    + MINE
)

# Whoever lost a document to another run, or to its owner, adds nothing any more.
ADD_PAGES: LiteralString = (
    """
    INSERT INTO document_pages (
        user_id, document_id, version, start, page, length, text
    )
    SELECT %(user_id)s, %(id)s, %(run)s, start, page, length(text), text
    FROM unnest(%(starts)s::bigint[], %(pages)s::integer[], %(texts)s::text[])
        AS added (start, page, text)
    WHERE EXISTS (SELECT FROM documents
"""
    + MINE
    + ")"
)
ADD_CHUNKS: LiteralString = (
    """
    INSERT INTO document_chunks (
        user_id, document_id, version, number, start, "end", page, section
    )
    SELECT %(user_id)s, %(id)s, %(run)s, added.* FROM unnest(
        %(numbers)s::integer[], %(starts)s::bigint[], %(ends)s::bigint[],
        %(pages)s::integer[], %(sections)s::text[]
    ) AS added
    WHERE EXISTS (SELECT FROM documents
"""
    + MINE
    + ")"
)

# One that was moved meanwhile is looked at again.
PUBLISH: LiteralString = (
    """
    UPDATE documents SET
        version = %(run)s,
        media_type = %(media_type)s,
        page_count = %(page_count)s,
        passage_count = %(passage_count)s,
        character_count = %(character_count)s,
        flags = %(flags)s,
        failure = NULL, attempts = 0, delays = 0, holder = NULL, update_time = now(),
        state = CASE WHEN collection_id IS NOT DISTINCT FROM
            %(collection_id)s THEN 'ready' ELSE 'processing' END,
        progress_percent = CASE WHEN collection_id IS NOT DISTINCT FROM
            %(collection_id)s THEN 100 ELSE 0 END,
        due_time = CASE WHEN collection_id IS NOT DISTINCT FROM
            %(collection_id)s THEN NULL ELSE now() END
"""
    + MINE
)
FAIL: LiteralString = (
    """
    UPDATE documents SET
        state = 'failed', failure = %(reason)s, version = NULL, holder = NULL,
        due_time = NULL, page_count = 0, passage_count = 0, character_count = 0,
        flags = '{}', progress_percent = 0, attempts = 0, delays = 0,
        update_time = now()
"""
    + MINE
)
DELAY: LiteralString = (
    """
    UPDATE documents SET
        holder = NULL, attempts = attempts - 1, delays = least(delays + 1, 10),
        due_time = now() + least(600, 2 ^ delays) * interval '1 second'
"""
    + MINE
)
RETRY: LiteralString = (
    "UPDATE documents SET holder = NULL, due_time = now() + interval '1 second'" + MINE
)
RELEASE: LiteralString = (
    "UPDATE documents SET holder = NULL, attempts = attempts - 1, due_time = now()"
    + MINE
)

# What became of a document that was deleted meanwhile: nobody holds it any more from
# now on, and what this run may have put into the index has to go, too.
LET_GO: LiteralString = """
    UPDATE documents SET holder = NULL, due_time = now()
    WHERE user_id = %(user_id)s AND id = %(id)s AND holder = %(run)s
      AND delete_time IS NOT NULL
"""
TAKE_BACK: LiteralString = """
    INSERT INTO vector_deletions (user_id, document_id, due_time)
    SELECT %(user_id)s, %(id)s, now() WHERE NOT EXISTS (
        SELECT FROM documents
        WHERE user_id = %(user_id)s AND id = %(id)s AND delete_time IS NULL
    )
    ON CONFLICT (user_id, document_id) DO UPDATE SET due_time = now()
"""


def unused(table: LiteralString) -> LiteralString:
    """
    Write the statement that takes away some rows of versions that nobody needs.

    A version is a run. One that is shown stays, and so does that of the run that holds
    the document now, which may have begun to store it while another cleans up.
    """
    return f"""
        DELETE FROM {table} WHERE user_id = %(user_id)s AND ctid = ANY (ARRAY(
            SELECT t.ctid FROM {table} t
            WHERE t.user_id = %(user_id)s AND t.document_id = %(id)s
              AND NOT EXISTS (
                SELECT FROM documents d
                WHERE d.user_id = %(user_id)s AND d.id = %(id)s
                  AND t.version IN (d.version, d.holder)
              )
            LIMIT %(limit)s
        ))
    """


UNUSED: tuple[LiteralString, ...] = (
    unused("document_pages"),
    unused("document_chunks"),
)
