"""Files being imported."""

revision = "chat_0008"
down_revision = "chat_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""
