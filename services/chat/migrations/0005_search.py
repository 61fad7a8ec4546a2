"""
What search needs: the words of each ended message, in a table of their own.

Made so that a system with many messages goes on while this is applied: new tables are
empty, so their indexes are made at once; `messages` is locked for as long as it takes
to add a trigger, and none of its rows is rewritten. Messages that were there before
are added little by little (`services/chat/search/store.py`, `fill`).
"""

from alembic import op

revision = "chat_0005"
down_revision = "chat_0004"
branch_labels = None
depends_on = None

PARTITIONS = 8

WORDS = r"""
-- Words as search compares them, with one space between two: runs of letters and
-- digits, without case, accents, width and invisible characters. The scripts that are
-- written without spaces (Thai to Khmer, Chinese, Japanese) have a word a character;
-- the final sigma is a sigma.
-- The collation is PostgreSQL's own, so the result depends on no library's version.
CREATE FUNCTION search_folded(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(CASE WHEN octet_length(said) = length(said)
    THEN regexp_replace(
        lower(left(said, 100000) COLLATE pg_c_utf8), '[^0-9a-z]+', ' ', 'g')
    ELSE left(regexp_replace(
        regexp_replace(
            translate(lower(normalize(
                regexp_replace(
                    left(normalize(left(said, 100000), NFKD), 100000)
                        COLLATE pg_c_utf8,
                    '[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+',
                    '', 'g'),
                NFKC)), chr(962), chr(963)),
            '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf'
            '\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])', ' \1 ', 'g'),
        '[^[:alnum:]]+', ' ', 'g'), 100000)
    END);

-- What tells the words of a user from those of others in one index: four digits are
-- 65,536 of a kind in each partition. The last ones, which are random.
CREATE FUNCTION search_owner(owner uuid) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN right(owner::text, 4);

-- The words of a message, each behind its owner: a search reads only the part of the
-- index that is the user's, also one for the beginning of a word.
CREATE FUNCTION search_words(owner uuid, said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT coalesce(
        string_agg(mine || left(word, 40) || ':' || place, ' '), ''
    )::tsvector
    FROM search_owner(owner) AS mine,
        string_to_table(search_folded(said), ' ') WITH ORDINALITY AS w (word, place)
    WHERE word <> ''
);
"""

TABLES = """
CREATE TABLE search_entries (
    user_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid NOT NULL,
    model text NOT NULL,
    create_time timestamptz NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (user_id, conversation_id, message_id),
    CONSTRAINT search_entries_message_fkey
        FOREIGN KEY (user_id, conversation_id, message_id)
        REFERENCES messages (user_id, conversation_id, id) ON DELETE CASCADE
) PARTITION BY HASH (user_id);

CREATE INDEX search_entries_by_time
    ON search_entries (user_id, create_time DESC, message_id DESC);
-- Without a list of pending entries, which a search would have to read and which some
-- unlucky message would have to clear.
CREATE INDEX search_entries_by_word ON search_entries USING gin (words)
    WITH (fastupdate = off);

-- Whose messages are not found: few.
CREATE INDEX conversations_hidden
    ON conversations (user_id, id) WHERE delete_time IS NOT NULL OR temporary;

-- Up to where the messages that were there before are added; no row when all are.
CREATE TABLE search_progress (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    user_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid NOT NULL
);
INSERT INTO search_progress (user_id, conversation_id, message_id)
SELECT zero, zero, zero
FROM CAST('00000000-0000-0000-0000-000000000000' AS uuid) AS zero;
"""

PARTITION = """
CREATE TABLE search_entries_{number} PARTITION OF search_entries
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number})
"""

# Whatever stores a message, also a replica of the version before: its words follow. A
# reply costs nothing while it is being written, as no trigger fires.
TRIGGERS = """
CREATE FUNCTION search_add() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO search_entries VALUES (
        NEW.user_id, NEW.conversation_id, NEW.id, NEW.model, NEW.create_time,
        search_words(NEW.user_id, NEW.text)
    ) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER messages_said AFTER INSERT ON messages
    FOR EACH ROW WHEN (NEW.end_time IS NOT NULL) EXECUTE FUNCTION search_add();
CREATE TRIGGER messages_ended AFTER UPDATE OF end_time ON messages
    FOR EACH ROW WHEN (OLD.end_time IS NULL AND NEW.end_time IS NOT NULL)
    EXECUTE FUNCTION search_add();
"""


def upgrade() -> None:
    """Create the functions, the table and the triggers."""
    op.execute(WORDS)
    op.execute(TABLES)
    for number in range(PARTITIONS):
        op.execute(PARTITION.format(number=number, modulus=PARTITIONS))
    op.execute(TRIGGERS)
