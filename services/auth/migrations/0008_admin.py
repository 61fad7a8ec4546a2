"""Roles, groups, invitations, the policy, and what SCIM keeps of users."""

from alembic import op

revision = "auth_0008"
down_revision = "auth_0007"
branch_labels = None
depends_on = None

TABLES = """
-- Those of your own. The built-in ones are in the code.
CREATE TABLE roles (
    id text PRIMARY KEY,
    display_name text NOT NULL,
    permissions text[] NOT NULL,
    create_time timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE groups (
    id uuid PRIMARY KEY,
    display_name text NOT NULL,
    display_key text NOT NULL CONSTRAINT groups_display_key_unique UNIQUE,
    role text,
    external_id text,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL
);

CREATE INDEX groups_by_time ON groups (create_time DESC, id DESC);
CREATE INDEX groups_by_role ON groups (role);

CREATE TABLE group_members (
    group_id uuid NOT NULL
        CONSTRAINT group_members_group_fkey REFERENCES groups ON DELETE CASCADE,
    user_id uuid NOT NULL
        CONSTRAINT group_members_user_fkey REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX group_members_by_user ON group_members (user_id);

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL CONSTRAINT invitations_token_unique UNIQUE,
    -- For an address, for those of a domain, or for whoever has the token.
    email text,
    email_key text,
    domain text,
    role text,
    groups uuid[] NOT NULL,
    creator uuid NOT NULL
        CONSTRAINT invitations_creator_fkey REFERENCES users ON DELETE CASCADE,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    accept_time timestamptz
);

CREATE INDEX invitations_by_time ON invitations (create_time DESC, id DESC);
CREATE INDEX invitations_by_creator ON invitations (creator);

-- One row, once the policy was changed.
CREATE TABLE policy (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    sign_up text NOT NULL,
    domains text[] NOT NULL,
    default_role text NOT NULL,
    factor_required boolean NOT NULL,
    factor_roles text[] NOT NULL
);

-- What an identity provider that provisions users says of them besides.
CREATE TABLE scim_users (
    user_id uuid PRIMARY KEY
        CONSTRAINT scim_users_user_fkey REFERENCES users ON DELETE CASCADE,
    user_name text NOT NULL,
    user_key text NOT NULL CONSTRAINT scim_users_user_key_unique UNIQUE,
    external_id text,
    given_name text,
    family_name text,
    update_time timestamptz NOT NULL
);

CREATE INDEX scim_users_by_external_id ON scim_users (external_id);
CREATE INDEX users_by_time ON users (create_time DESC, id DESC);
CREATE INDEX users_by_role ON users (role);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
