"""Prompts, assistants, memories and summaries."""

from alembic import op

from services.kit.partitions import partitions

revision = "llm_0003"
down_revision = "llm_0002"
branch_labels = None
depends_on = None

SUMMARIES = """
CREATE TABLE summaries (
    user_id uuid NOT NULL,
    -- The last message that it covers. chat owns it, and it may be gone by now.
    message_id uuid NOT NULL,
    text text NOT NULL,
    -- When it was needed last, to the day.
    use_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, message_id)
) PARTITION BY HASH (user_id);

CREATE INDEX summaries_by_use ON summaries (use_time);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(SUMMARIES)
    for statement in partitions("summaries"):
        op.execute(statement)
