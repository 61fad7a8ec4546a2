"""API keys, and terminals that ask to be signed in."""

from alembic import op

revision = "auth_0007"
down_revision = "auth_0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL
        CONSTRAINT api_keys_user_fkey REFERENCES users ON DELETE CASCADE,
    display_name text NOT NULL,
    -- SHA-256 of the secret, which has 190 bits.
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    request_id uuid,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    last_use_time timestamptz,
    CONSTRAINT api_keys_request_unique UNIQUE (user_id, request_id)
);

CREATE INDEX api_keys_by_user ON api_keys (user_id, create_time DESC, id DESC);

CREATE TABLE device_authorizations (
    id uuid PRIMARY KEY,
    -- Hashes of both codes. The user code is short: only time and counting guard it.
    device_code_hash bytea NOT NULL
        CONSTRAINT device_authorizations_device_code_unique UNIQUE,
    user_code_hash bytea NOT NULL
        CONSTRAINT device_authorizations_user_code_unique UNIQUE,
    display_name text NOT NULL,
    address text NOT NULL,
    state text NOT NULL,
    -- Who decided.
    user_id uuid
        CONSTRAINT device_authorizations_user_fkey REFERENCES users ON DELETE CASCADE,
    poll_seconds integer NOT NULL,
    poll_time timestamptz NOT NULL,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL
);

CREATE INDEX device_authorizations_by_expiry ON device_authorizations (expire_time);
CREATE INDEX device_authorizations_by_user ON device_authorizations (user_id);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
