"""Links: snapshots of conversations, and the tokens that lead to them."""

from alembic import op

revision = "chat_0007"
down_revision = "chat_0006"
branch_labels = None
depends_on = None

PARTITIONS = 8

TABLES = """
CREATE TABLE shares (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    title text NOT NULL,
    token text NOT NULL,
    signed_in_only boolean NOT NULL,
    -- The snapshot: a list of objects with role, text, model and create_time.
    messages jsonb NOT NULL,
    truncated boolean NOT NULL,
    create_time timestamptz NOT NULL,
    expire_time timestamptz,
    PRIMARY KEY (user_id, id),
    -- A snapshot outlives every change of the conversation, but not its purge.
    CONSTRAINT shares_conversation_fkey FOREIGN KEY (user_id, conversation_id)
        REFERENCES conversations (user_id, id) ON DELETE CASCADE
) PARTITION BY HASH (user_id);

CREATE INDEX shares_by_conversation ON shares (user_id, conversation_id);
CREATE INDEX shares_by_expiry ON shares (expire_time) WHERE expire_time IS NOT NULL;

-- Who has a token knows nothing of its owner, so this table leads there. What is
-- compared is a hash: how long it takes says nothing about the token.
CREATE TABLE share_tokens (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL,
    share_id uuid NOT NULL,
    CONSTRAINT share_tokens_share_fkey FOREIGN KEY (user_id, share_id)
        REFERENCES shares (user_id, id) ON DELETE CASCADE
) PARTITION BY HASH (token_hash);

CREATE INDEX share_tokens_by_share ON share_tokens (user_id, share_id);
"""

PARTITION = """
CREATE TABLE {table}_{number} PARTITION OF {table}
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number})
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
    for table in ("shares", "share_tokens"):
        for number in range(PARTITIONS):
            op.execute(PARTITION.format(table=table, number=number, modulus=PARTITIONS))
