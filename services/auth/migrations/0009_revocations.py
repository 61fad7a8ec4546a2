"""What is revoked while access tokens for it may still be good."""

from alembic import op

revision = "auth_0009"
down_revision = "auth_0002"
branch_labels = None
depends_on = None

# Kept for ten minutes (`services/auth/revocations/model.py`).
TABLE = """
CREATE TABLE revocations (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL
        CHECK (kind IN ('session', 'user', 'key', 'signing_key')),
    id text NOT NULL,
    -- The least version of a user that is still good; of anything else 0.
    version integer NOT NULL,
    time timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX revocations_by_time ON revocations (time);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(TABLE)
