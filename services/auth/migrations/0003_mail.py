"""Mails that are to be sent, codes that were sent, and devices that are known."""

from alembic import op

revision = "auth_0003"
down_revision = "auth_0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE mails (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    -- To whom, and what fills the text: codes, until they are sent.
    sealed bytea NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    create_time timestamptz NOT NULL,
    due_time timestamptz NOT NULL
);

CREATE INDEX mails_by_due ON mails (due_time);

-- The token is only with who asked, and the code only in the mail. Who reads this has
-- neither: the code's hash is keyed with the token.
CREATE TABLE mail_codes (
    token_hash bytea PRIMARY KEY,
    purpose text NOT NULL,
    code_hash bytea NOT NULL,
    -- Whose account it is about; nobody's, for an address that has none.
    user_id uuid CONSTRAINT mail_codes_user_fkey REFERENCES users ON DELETE CASCADE,
    -- To whom it goes, and what happens with the right code.
    sealed bytea NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    mails integer NOT NULL DEFAULT 1,
    expire_time timestamptz NOT NULL
);

CREATE INDEX mail_codes_by_user ON mail_codes (user_id);
CREATE INDEX mail_codes_by_expiry ON mail_codes (expire_time);

-- Browsers and terminals from which somebody has signed in.
CREATE TABLE devices_known (
    user_id uuid NOT NULL
        CONSTRAINT devices_known_user_fkey REFERENCES users ON DELETE CASCADE,
    device_hash bytea NOT NULL,
    last_use_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, device_hash)
);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
