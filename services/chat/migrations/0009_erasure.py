"""Users whose data is being erased."""

from alembic import op

revision = "chat_0009"
down_revision = "chat_0008"
branch_labels = None
depends_on = None

PARTITIONS = 8

TABLE = """
-- One row for as long as there is something to erase: it goes in the transaction that
-- records the event which says that nothing is left.
CREATE TABLE erasures (
    user_id uuid PRIMARY KEY,
    -- What is from before this time is erased.
    until_time timestamptz NOT NULL,
    deadline timestamptz NOT NULL,
    -- When it is worth looking for something to erase.
    look_time timestamptz NOT NULL
) PARTITION BY HASH (user_id);

CREATE INDEX erasures_by_look_time ON erasures (look_time);
"""

PARTITION = """
CREATE TABLE erasures_{number} PARTITION OF erasures
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number})
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(TABLE)
    for number in range(PARTITIONS):
        op.execute(PARTITION.format(number=number, modulus=PARTITIONS))
