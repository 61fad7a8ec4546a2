"""Budgets and charges."""

from alembic import op

revision = "chat_0006"
down_revision = "chat_0005"
branch_labels = None
depends_on = None

PARTITIONS = 8

TABLES = """
-- What a user has used in a day or a month (UTC), and what is set aside for the
-- replies that began in it and are still being written.
CREATE TABLE usage_periods (
    user_id uuid NOT NULL,
    period text NOT NULL CHECK (period IN ('day', 'month')),
    start_date date NOT NULL,
    used_tokens bigint NOT NULL DEFAULT 0,
    used_micros bigint NOT NULL DEFAULT 0,
    reserved_tokens bigint NOT NULL DEFAULT 0,
    reserved_micros bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, period, start_date)
) PARTITION BY HASH (user_id);

CREATE INDEX usage_periods_by_start ON usage_periods (start_date);

-- What each reply cost: the ID is the reply's. Outlives the conversation.
CREATE TABLE charges (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    model text NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micros bigint NOT NULL,
    estimated boolean NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX charges_listed ON charges (user_id, create_time DESC, id DESC);
CREATE INDEX charges_by_time ON charges (create_time);

-- The day out of whose periods the reply's budget was taken.
ALTER TABLE messages ADD COLUMN reserved_date date;
"""

PARTITION = """
CREATE TABLE {table}_{number} PARTITION OF {table}
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number})
"""

# A row is written at every reply's beginning and end: room on its page makes that
# cheap.
ROOM = "ALTER TABLE usage_periods_{number} SET (fillfactor = 50)"


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
    for table in ("usage_periods", "charges"):
        for number in range(PARTITIONS):
            op.execute(PARTITION.format(table=table, number=number, modulus=PARTITIONS))
    for number in range(PARTITIONS):
        op.execute(ROOM.format(number=number))
