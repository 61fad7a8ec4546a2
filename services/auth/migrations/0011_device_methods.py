"""How whoever approved a terminal had signed in."""

from alembic import op

revision = "auth_0011"
down_revision = "auth_0010"
branch_labels = None
depends_on = None

CHANGES = """
-- N-1 writes none: such a terminal is one whose person has shown no second factor.
ALTER TABLE device_authorizations ADD COLUMN methods text[] NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(CHANGES)
