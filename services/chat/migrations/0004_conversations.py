"""What people do with conversations: folders, tags, pins, branches, undelete."""

from alembic import op

revision = "chat_0004"
down_revision = "chat_0003"
branch_labels = None
depends_on = None

PARTITIONS = 8

CHANGES = """
CREATE TABLE folders (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    display_name text NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

ALTER TABLE conversations
    ADD COLUMN archived boolean NOT NULL DEFAULT false,
    ADD COLUMN pinned boolean NOT NULL DEFAULT false,
    ADD COLUMN temporary boolean NOT NULL DEFAULT false,
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    -- The tags without regard to case, for finding them.
    ADD COLUMN tag_keys text[] NOT NULL DEFAULT '{}',
    ADD COLUMN folder_id uuid,
    ADD COLUMN current_message_id uuid,
    -- Who found the title: it is the beginning of the first message until a model, or
    -- the user, finds a better one.
    ADD COLUMN titled_by text NOT NULL DEFAULT 'text'
        CHECK (titled_by IN ('text', 'model', 'user')),
    ADD COLUMN delete_time timestamptz,
    -- When it is gone for good: of a deleted or a temporary one.
    ADD COLUMN purge_time timestamptz,
    ADD CONSTRAINT conversations_folder_fkey FOREIGN KEY (user_id, folder_id)
        REFERENCES folders (user_id, id) ON DELETE SET NULL (folder_id);

-- One index a view, each in the order of the list.
CREATE INDEX conversations_listed
    ON conversations (user_id, pinned DESC, update_time DESC, id DESC)
    WHERE delete_time IS NULL AND NOT archived AND NOT temporary;
CREATE INDEX conversations_archived
    ON conversations (user_id, pinned DESC, update_time DESC, id DESC)
    WHERE delete_time IS NULL AND archived AND NOT temporary;
CREATE INDEX conversations_deleted
    ON conversations (user_id, pinned DESC, update_time DESC, id DESC)
    WHERE delete_time IS NOT NULL;
CREATE INDEX conversations_by_folder
    ON conversations (user_id, folder_id, pinned DESC, update_time DESC, id DESC)
    WHERE folder_id IS NOT NULL;

-- What the janitor looks for, whoever the user.
CREATE INDEX conversations_to_purge
    ON conversations (purge_time) WHERE purge_time IS NOT NULL;
CREATE INDEX conversations_unused
    ON conversations (update_time)
    WHERE delete_time IS NULL AND NOT pinned AND NOT temporary;
"""

PARTITION = """
CREATE TABLE folders_{number} PARTITION OF folders
    FOR VALUES WITH (MODULUS {modulus}, REMAINDER {number})
"""


def upgrade() -> None:
    """Add the columns and the table."""
    op.execute(CHANGES)
    for number in range(PARTITIONS):
        op.execute(PARTITION.format(number=number, modulus=PARTITIONS))
