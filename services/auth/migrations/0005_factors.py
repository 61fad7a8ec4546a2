"""Second factors: apps, passkeys, recovery codes."""

from alembic import op

revision = "auth_0005"
down_revision = "auth_0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE factors (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL
        CONSTRAINT factors_user_fkey REFERENCES users ON DELETE CASCADE,
    kind text NOT NULL,
    display_name text NOT NULL,
    create_time timestamptz NOT NULL,
    last_use_time timestamptz,
    -- Of an app: what both know (sealed), and the time step of the last code taken.
    sealed_seed bytea,
    last_step bigint,
    -- Of a passkey.
    credential_id bytea CONSTRAINT factors_credential_unique UNIQUE,
    public_key bytea,
    sign_count bigint,
    backup_eligible boolean,
    backed_up boolean,
    transports text[],
    CONSTRAINT factors_whole CHECK (CASE kind
        WHEN 'totp' THEN num_nulls(sealed_seed, last_step) = 0
        WHEN 'passkey' THEN num_nulls(credential_id, public_key, sign_count,
            backup_eligible, backed_up, transports) = 0
        ELSE false END)
);

CREATE INDEX factors_by_user ON factors (user_id, create_time, id);
CREATE UNIQUE INDEX factors_one_app ON factors (user_id) WHERE kind = 'totp';

-- Apps that are being set up: no factor until a right code has come.
CREATE TABLE totp_enrolments (
    user_id uuid PRIMARY KEY
        CONSTRAINT totp_enrolments_user_fkey REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL CONSTRAINT totp_enrolments_id_unique UNIQUE,
    sealed_seed bytea NOT NULL,
    expire_time timestamptz NOT NULL
);

-- Hashes of 120 random bits: a row is gone when its code was used.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL
        CONSTRAINT recovery_codes_user_fkey REFERENCES users ON DELETE CASCADE,
    hash bytea NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- Challenges that were given out, each gone with its first answer.
CREATE TABLE passkey_ceremonies (
    challenge_hash bytea PRIMARY KEY,
    purpose text NOT NULL,
    user_id uuid
        CONSTRAINT passkey_ceremonies_user_fkey REFERENCES users ON DELETE CASCADE,
    expire_time timestamptz NOT NULL
);

CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expire_time);
CREATE INDEX passkey_ceremonies_by_user ON passkey_ceremonies (user_id);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
