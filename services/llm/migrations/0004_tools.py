"""What users decided about tools."""

from alembic import op

from services.kit.partitions import partitions

revision = "llm_0004"
down_revision = "llm_0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE tool_choices (
    user_id uuid NOT NULL,
    tool text NOT NULL,
    enabled boolean NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, tool)
) PARTITION BY HASH (user_id);

-- Calls that wait, or waited, for their user. What they are called with is not kept.
CREATE TABLE tool_calls (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    tool text NOT NULL,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    -- NULL while it waits.
    decision text CHECK (decision IN ('approved', 'denied', 'lapsed')),
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX tool_calls_by_time ON tool_calls (expire_time);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
    for statement in partitions("tool_choices", "tool_calls"):
        op.execute(statement)
