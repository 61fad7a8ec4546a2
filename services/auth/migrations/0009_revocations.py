"""What is revoked while access tokens for it may be good; keys that sign those."""

from alembic import op

revision = "auth_0009"
down_revision = "auth_0008"
branch_labels = None
depends_on = None

# Kept for ten minutes (`services/kit/revocations.py`).
TABLES = """
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

CREATE TABLE signing_keys (
    -- The thumbprint (RFC 7638).
    id text PRIMARY KEY,
    -- The private half, encrypted; empty once it was withdrawn.
    sealed bytea NOT NULL,
    public jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    -- It is published from the first of these on, signs from the second, and is
    -- withdrawn at the third.
    sign_time timestamptz NOT NULL,
    withdraw_time timestamptz,
    request_id uuid CONSTRAINT signing_keys_request_id_unique UNIQUE
);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
