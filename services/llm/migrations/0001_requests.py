"""Requests, so that a retry answers as the first try did."""

from alembic import op

from services.kit.partitions import partitions

revision = "llm_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE requests (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    digest bytea NOT NULL,
    -- What it made or changed.
    resource_id uuid,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX requests_by_time ON requests (create_time);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(TABLES)
    for statement in partitions("requests"):
        op.execute(statement)
