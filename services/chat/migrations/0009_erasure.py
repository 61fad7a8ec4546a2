"""Users whose data is being erased."""

revision = "chat_0009"
down_revision = "chat_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing yet."""
