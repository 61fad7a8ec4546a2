"""What search needs."""

revision = "chat_0005"
down_revision = "chat_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""
