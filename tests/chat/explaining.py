"""Tables of chat with enough in them to choose how to read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg

from tests import explaining

USER = UUID("00000000-0000-7000-8000-00000000abcd")  # who says a quarter of everything
CONVERSATION = UUID(int=USER.int + 1)
LONG = UUID(int=USER.int + 2)  # a conversation of one long branch
LATE = UUID(int=1990)  # of its 2,000 messages
HOLDER = UUID(int=USER.int + 3)  # writes a reply for everybody

SEED = """
    CREATE TEMP TABLE people AS
        SELECT CASE n WHEN 0 THEN %(user)s ELSE gen_random_uuid() END AS id, n
        FROM generate_series(0, 199) AS n;
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
        SELECT id, CASE WHEN n = 0 AND c = 1 THEN %(conversation)s
            ELSE gen_random_uuid() END, 'Talk ' || c, now(), now() - c * interval '1 h'
        FROM people, generate_series(1, CASE n WHEN 0 THEN 200 ELSE 5 END) AS c;
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, end_time
    )
        SELECT user_id, id, uuidv7(), gen_random_uuid(), 'user',
            'fox ' || m || ' ' || md5(m::text), 'completed', '', 0,
            now() - m * interval '1 min', now()
        FROM conversations, generate_series(1, 10) AS m;
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, holder
    )
        SELECT user_id, id, uuidv7(), gen_random_uuid(), 'assistant', '', state, '', 1,
            now(), CASE state WHEN 'generating' THEN %(holder)s END
        FROM conversations, (VALUES ('generating'), ('queued')) AS s (state)
        WHERE title = 'Talk 1';
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
        VALUES (%(user)s, %(long)s, 'Long', now(), now());
    INSERT INTO messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, seq,
        create_time, end_time
    )
        SELECT %(user)s, %(long)s, lpad(to_hex(m), 32, '0')::uuid,
            CASE WHEN m > 1 THEN lpad(to_hex(m - 1), 32, '0')::uuid END, 'user',
            'x', 'completed', '', 0, now(), now()
        FROM generate_series(1, 2000) AS m;
    INSERT INTO folders (user_id, id, display_name, create_time)
        SELECT id, gen_random_uuid(), 'Folder ' || f, now()
        FROM people, generate_series(1, 50) AS f;
    INSERT INTO imports (user_id, id, size_bytes, create_time)
        SELECT id, gen_random_uuid(), 1, now() FROM people, generate_series(1, 50);
    INSERT INTO import_chunks (user_id, import_id, start, data)
        SELECT user_id, id, c, 'x' FROM imports, generate_series(0, 2) AS c;
    ANALYZE;
"""


@contextmanager
def filled(sockets: Path) -> Iterator[psycopg.Connection]:
    """Make tables with enough in them, for as long as the block runs."""
    values = {"user": USER, "conversation": CONVERSATION, "long": LONG}
    with explaining.filled(
        sockets, "chat", SEED, **values, holder=HOLDER
    ) as connection:
        yield connection
