"""What users decided about tools."""

from alembic import op

revision = "llm_0004"
down_revision = "llm_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("SELECT")
