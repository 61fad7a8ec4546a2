"""Identities at providers, and people on their way there."""

from alembic import op

revision = "auth_0006"
down_revision = "auth_0005"
branch_labels = None
depends_on = None

TABLES = """
-- Holds no token of a provider: none is kept.
CREATE TABLE identities (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL
        CONSTRAINT identities_user_fkey REFERENCES users ON DELETE CASCADE,
    provider text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    label text NOT NULL,
    create_time timestamptz NOT NULL,
    last_use_time timestamptz NOT NULL,
    CONSTRAINT identities_subject_unique UNIQUE (issuer, subject)
);

CREATE INDEX identities_by_user ON identities (user_id, id);

-- Each is good for one return within ten minutes. Holds no secret, but hashes of some.
CREATE TABLE identity_flows (
    state_hash bytea PRIMARY KEY,
    browser_hash bytea NOT NULL,
    provider text NOT NULL,
    purpose text NOT NULL,
    -- Who links; null for who signs in.
    user_id uuid
        CONSTRAINT identity_flows_user_fkey REFERENCES users ON DELETE CASCADE,
    next text NOT NULL,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL
);

CREATE INDEX identity_flows_by_user ON identity_flows (user_id);
CREATE INDEX identity_flows_by_expiry ON identity_flows (expire_time);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
