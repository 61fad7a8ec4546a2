"""Budgets and charges."""

revision = "chat_0006"
down_revision = "chat_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""
