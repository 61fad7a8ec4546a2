"""Groups that may read a collection."""

from alembic import op

revision = "llm_0006"
down_revision = "llm_0005"
branch_labels = None
depends_on = None

CHANGES = """
-- Whose members may read it: what is asked on every access, and, by the index, how they
-- find it. There are few collections, and fewer changes of who reads them.
ALTER TABLE collections ADD COLUMN reader_groups uuid[] NOT NULL DEFAULT '{}';

CREATE INDEX collections_by_group ON collections USING gin (reader_groups)
    WITH (fastupdate = off);
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(CHANGES)
