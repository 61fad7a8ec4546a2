"""Events that are stored with the change they tell of, until they are in the log."""

from alembic import op

revision = "auth_0010"
down_revision = "auth_0009"
branch_labels = None
depends_on = None

TABLES = """
-- Nothing keeps a row from being changed, so each is signed.
CREATE TABLE audit_pending (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    time timestamptz NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    actor uuid,
    user_id uuid,
    subject text NOT NULL,
    session uuid,
    stranger text,
    details jsonb NOT NULL,
    place_hash bytea,
    -- Where it came from, if that is known.
    salt bytea,
    address text,
    user_agent text,
    key_id text NOT NULL,
    signature bytea NOT NULL
);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(TABLES)
