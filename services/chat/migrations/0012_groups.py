"""The groups that a user was in when they asked, whose rights a reply has."""

from alembic import op

revision = "chat_0012"
down_revision = "chat_0011"
branch_labels = None
depends_on = None

CHANGES = """
-- Of replies, so that whoever takes one over may read as much. N-1 writes none: such a
-- reply is written as if its user were in no group.
ALTER TABLE messages ADD COLUMN groups uuid[] NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(CHANGES)
