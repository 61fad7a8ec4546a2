"""Domain events, and requests about things other than conversations."""

from alembic import op

revision = "chat_0002"
down_revision = "chat_0001"
branch_labels = None
depends_on = None

PARTITIONS = 8

CHANGES = """
ALTER TABLE requests ALTER COLUMN conversation_id DROP NOT NULL;
ALTER TABLE requests ADD COLUMN resource_id uuid;

-- How many events a user has: locked last in a transaction, so that the events of a
-- user are numbered in the order in which their transactions commit.
CREATE TABLE event_heads (
    user_id uuid PRIMARY KEY,
    seq bigint NOT NULL,
    transaction xid8 NOT NULL
) PARTITION BY HASH (user_id);

CREATE TABLE events (
    user_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    conversation_id uuid,
    resource_id uuid,
    data jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    -- The latest transaction that wrote this event or an earlier one of the user: a
    -- consumer of all users' events reads, in this order, up to the oldest transaction
    -- that is still running, and so misses none.
    transaction xid8 NOT NULL,
    PRIMARY KEY (user_id, seq)
) PARTITION BY HASH (user_id);

CREATE INDEX events_by_transaction ON events (transaction, user_id, seq);
CREATE INDEX events_by_time ON events (create_time);

-- Which event each consumer has taken last.
CREATE TABLE event_consumers (
    consumer text PRIMARY KEY,
    transaction xid8 NOT NULL,
    user_id uuid NOT NULL,
    seq bigint NOT NULL
);
"""

PARTITION = """
CREATE TABLE {table}_{number} PARTITION OF {table}
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number})
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CHANGES)
    for table in ("event_heads", "events"):
        for number in range(PARTITIONS):
            op.execute(PARTITION.format(table=table, number=number, modulus=PARTITIONS))
