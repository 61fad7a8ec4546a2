"""Users and their sessions."""

from alembic import op

revision = "auth_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL CONSTRAINT users_email_key_unique UNIQUE,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    request_id uuid CONSTRAINT users_request_id_unique UNIQUE,
    create_time timestamptz NOT NULL
);

-- Holds no secret: a refresh token is a signature over id and counter.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL
        CONSTRAINT sessions_user_fkey REFERENCES users ON DELETE CASCADE,
    counter integer NOT NULL,
    -- When the current token took the place of the one before it.
    rotate_time timestamptz,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id, create_time DESC);
CREATE INDEX sessions_by_expiry ON sessions (expire_time);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
