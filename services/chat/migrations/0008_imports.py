"""Files being imported, in the parts in which they came."""

from alembic import op

revision = "chat_0008"
down_revision = "chat_0007"
branch_labels = None
depends_on = None

PARTITIONS = 8

TABLES = """
CREATE TABLE imports (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    size_bytes bigint NOT NULL,
    uploaded_bytes bigint NOT NULL DEFAULT 0,
    parts integer NOT NULL DEFAULT 0,
    create_time timestamptz NOT NULL,
    -- Who runs it, and until when that is believed without a sign of life.
    runner uuid,
    lease_expire_time timestamptz,
    -- The first conversation in the file that is not dealt with.
    next_index integer NOT NULL DEFAULT 0,
    imported_conversations integer NOT NULL DEFAULT 0,
    imported_messages integer NOT NULL DEFAULT 0,
    skipped_count integer NOT NULL DEFAULT 0,
    end_time timestamptz,
    problem text NOT NULL DEFAULT '',
    PRIMARY KEY (user_id, id),
    CHECK ((runner IS NULL) = (lease_expire_time IS NULL))
) PARTITION BY HASH (user_id);

CREATE INDEX imports_by_time ON imports (create_time);

CREATE TABLE import_chunks (
    user_id uuid NOT NULL,
    import_id uuid NOT NULL,
    start bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (user_id, import_id, start),
    CONSTRAINT import_chunks_import_fkey FOREIGN KEY (user_id, import_id)
        REFERENCES imports (user_id, id) ON DELETE CASCADE
) PARTITION BY HASH (user_id);

-- Most files are packed already.
ALTER TABLE import_chunks ALTER COLUMN data SET STORAGE EXTERNAL;
"""

PARTITION = """
CREATE TABLE {table}_{number} PARTITION OF {table}
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number})
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
    for table in ("imports", "import_chunks"):
        for number in range(PARTITIONS):
            op.execute(PARTITION.format(table=table, number=number, modulus=PARTITIONS))
