"""Conversations and messages, partitioned by user."""

from alembic import op

revision = "chat_0001"
down_revision = None
branch_labels = None
depends_on = None

PARTITIONS = 8

TABLES = """
CREATE TABLE conversations (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    title text NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX conversations_by_use
    ON conversations (user_id, update_time DESC, id DESC);

CREATE TABLE messages (
    user_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    id uuid NOT NULL,
    parent_id uuid,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    text text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('generating', 'completed', 'stopped', 'failed')),
    model text NOT NULL,
    failure text,
    input_tokens bigint NOT NULL DEFAULT 0,
    output_tokens bigint NOT NULL DEFAULT 0,
    seq bigint NOT NULL,
    create_time timestamptz NOT NULL,
    end_time timestamptz,
    lease_expire_time timestamptz,
    PRIMARY KEY (user_id, conversation_id, id),
    CONSTRAINT messages_conversation_fkey FOREIGN KEY (user_id, conversation_id)
        REFERENCES conversations (user_id, id) ON DELETE CASCADE,
    CHECK ((state = 'generating') = (lease_expire_time IS NOT NULL)),
    CHECK ((state = 'generating') = (end_time IS NULL))
) PARTITION BY HASH (user_id);

CREATE INDEX messages_generating
    ON messages (lease_expire_time) WHERE state = 'generating';

-- What each request ID was used for, so that a retry is answered as the first try was.
CREATE TABLE requests (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    digest bytea NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX requests_by_time ON requests (create_time);
"""

PARTITION = """
CREATE TABLE {table}_{number} PARTITION OF {table}
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number})
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
    for table in ("conversations", "messages", "requests"):
        for number in range(PARTITIONS):
            op.execute(PARTITION.format(table=table, number=number, modulus=PARTITIONS))
