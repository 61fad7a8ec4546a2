"""What came with a message, how a reply is to come about, what stands beside it."""

from alembic import op

revision = "chat_0010"
down_revision = "chat_0009"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE messages
    ADD COLUMN attachments text[] NOT NULL DEFAULT '{}',
    ADD COLUMN options bytea,
    ADD COLUMN beside bytea;
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(CHANGES)
