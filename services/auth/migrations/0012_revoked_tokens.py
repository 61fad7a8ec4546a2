"""A single access token can be revoked."""

from alembic import op

revision = "auth_0012"
down_revision = "auth_0011"
branch_labels = None
depends_on = None

KINDS = """
ALTER TABLE revocations DROP CONSTRAINT revocations_kind_check;
ALTER TABLE revocations ADD CONSTRAINT revocations_kind_check
    CHECK (kind IN ('session', 'user', 'key', 'signing_key', 'token'));
"""


def upgrade() -> None:
    """Let it be one."""
    op.execute(KINDS)
