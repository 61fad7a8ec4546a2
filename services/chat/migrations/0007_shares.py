"""Links."""

revision = "chat_0007"
down_revision = "chat_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""
