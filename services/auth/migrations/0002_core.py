"""Roles, second factors in sign-in, and where sessions are."""

from alembic import op

revision = "auth_0002"
down_revision = "auth_0001"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE users
    -- Who came by an identity provider or a passkey has none.
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD COLUMN role text NOT NULL DEFAULT 'member',
    ADD COLUMN email_verified_time timestamptz,
    ADD COLUMN disabled_time timestamptz,
    -- Counts the states of a user that access tokens are issued for.
    ADD COLUMN version integer NOT NULL DEFAULT 1;

-- Who came first owns the installation.
UPDATE users SET role = 'owner' WHERE id = (
    SELECT id FROM users ORDER BY create_time, id LIMIT 1);

ALTER TABLE sessions
    -- Defaults for replicas that do not know these columns yet.
    ADD COLUMN auth_time timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN last_use_time timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN methods text[] NOT NULL DEFAULT '{pwd}',
    ADD COLUMN user_agent text NOT NULL DEFAULT '',
    ADD COLUMN address text;
UPDATE sessions SET auth_time = create_time,
    last_use_time = coalesce(rotate_time, create_time);

-- Sign-ins that wait for a second factor.
CREATE TABLE sign_ins (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL
        CONSTRAINT sign_ins_user_fkey REFERENCES users ON DELETE CASCADE,
    methods text[] NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    expire_time timestamptz NOT NULL
);

CREATE INDEX sign_ins_by_user ON sign_ins (user_id);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expire_time);
"""


def upgrade() -> None:
    """Add columns and the table."""
    op.execute(TABLES)
