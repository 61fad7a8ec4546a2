"""What is set aside for what other services do, and charges without a conversation."""

from alembic import op

revision = "chat_0011"
down_revision = "chat_0010"
branch_labels = None
depends_on = None

CHANGES = """
-- What a user's budgets hold for what llm does for them: the charge has the same ID.
CREATE TABLE holds (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    model text NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL DEFAULT 0,
    reserved_tokens bigint NOT NULL,
    reserved_micros bigint NOT NULL,
    reserved_date date NOT NULL,
    expire_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);

CREATE INDEX holds_by_expiry ON holds (expire_time);

ALTER TABLE charges ALTER COLUMN conversation_id DROP NOT NULL;
"""


def upgrade() -> None:
    """Add the table."""
    op.execute(CHANGES)
