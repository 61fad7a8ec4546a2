"""Replies that survive: who writes them, how often begun, where stopped, how rated."""

from alembic import op

revision = "chat_0003"
down_revision = "chat_0002"
branch_labels = None
depends_on = None

CHANGES = """
-- The processes that write replies. One that does not renew its lease is dead.
CREATE TABLE replicas (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    expire_time timestamptz NOT NULL
);

ALTER TABLE messages
    ADD COLUMN holder uuid,
    ADD COLUMN attempt integer NOT NULL DEFAULT 1,
    ADD COLUMN handovers integer NOT NULL DEFAULT 0,
    ADD COLUMN continues uuid,
    ADD COLUMN stop_seq bigint,
    ADD COLUMN first_token_time timestamptz,
    ADD COLUMN cost_micros bigint NOT NULL DEFAULT 0,
    ADD COLUMN estimated boolean NOT NULL DEFAULT false,
    ADD COLUMN reserved_tokens bigint NOT NULL DEFAULT 0,
    ADD COLUMN reserved_micros bigint NOT NULL DEFAULT 0,
    ADD COLUMN rating text CHECK (rating IN ('good', 'bad')),
    ADD COLUMN rating_reasons text[] NOT NULL DEFAULT '{}',
    ADD COLUMN rating_comment text NOT NULL DEFAULT '',
    DROP CONSTRAINT messages_state_check,
    DROP CONSTRAINT messages_check,
    DROP CONSTRAINT messages_check1,
    ADD CONSTRAINT messages_state_check
        CHECK (state IN ('generating', 'queued', 'completed', 'stopped', 'failed')),
    ADD CONSTRAINT messages_end_check
        CHECK ((state IN ('generating', 'queued')) = (end_time IS NULL));

CREATE INDEX messages_held ON messages (holder) WHERE end_time IS NULL;
CREATE INDEX messages_by_parent ON messages (user_id, conversation_id, parent_id);
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(CHANGES)
