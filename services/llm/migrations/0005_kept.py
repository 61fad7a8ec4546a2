"""Prompts, assistants and memories."""

from alembic import op

from services.kit.partitions import partitions

revision = "llm_0005"
down_revision = "llm_0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE prompts (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    display_name text NOT NULL,
    description text NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX prompts_by_name ON prompts (user_id, lower(display_name) COLLATE "C", id);

CREATE TABLE prompt_versions (
    user_id uuid NOT NULL,
    prompt_id uuid NOT NULL,
    number integer NOT NULL,
    text text NOT NULL,
    -- In proportion to the weights of the others.
    weight integer NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, prompt_id, number),
    FOREIGN KEY (user_id, prompt_id) REFERENCES prompts (user_id, id) ON DELETE CASCADE
) PARTITION BY HASH (user_id);

CREATE TABLE assistants (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    display_name text NOT NULL,
    description text NOT NULL,
    instructions text NOT NULL,
    prompt_id uuid,
    model text NOT NULL,
    knowledge_all boolean NOT NULL,
    -- Names: they may be another user's who shares them.
    collections text[] NOT NULL,
    documents text[] NOT NULL,
    tools text[] NOT NULL,
    temperature double precision,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX assistants_by_name
    ON assistants (user_id, lower(display_name) COLLATE "C", id);

CREATE TABLE memories (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    text text NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
    for statement in partitions("prompts", "prompt_versions", "assistants", "memories"):
        op.execute(statement)
