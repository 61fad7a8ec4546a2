"""Collections and documents: files, their text, and what is to be done with them."""

from alembic import op

from services.kit.partitions import partitions

revision = "llm_0002"
down_revision = "llm_0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE collections (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    display_name text NOT NULL,
    description text NOT NULL,
    -- Who else may read it: what is asked on every access.
    readers uuid[] NOT NULL DEFAULT '{}',
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX collections_by_name ON collections
    (user_id, lower(display_name) COLLATE "C", id);

-- How a reader finds what is shared with them.
CREATE TABLE collection_readers (
    user_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    collection_id uuid NOT NULL,
    PRIMARY KEY (user_id, owner_id, collection_id),
    CONSTRAINT collection_readers_collection_fkey FOREIGN KEY (owner_id, collection_id)
        REFERENCES collections (user_id, id) ON DELETE CASCADE
) PARTITION BY HASH (user_id);

CREATE INDEX collection_readers_by_collection ON collection_readers
    (owner_id, collection_id);

CREATE TABLE documents (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    collection_id uuid,
    display_name text NOT NULL,
    size_bytes bigint NOT NULL,
    uploaded_bytes bigint NOT NULL DEFAULT 0,
    parts integer NOT NULL DEFAULT 0,
    media_type text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'uploading',
    failure text,
    progress_percent smallint NOT NULL DEFAULT 0,
    page_count integer NOT NULL DEFAULT 0,
    passage_count integer NOT NULL DEFAULT 0,
    character_count bigint NOT NULL DEFAULT 0,
    flags text[] NOT NULL DEFAULT '{}',
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    -- Which of the pages and chunks are shown and found; NULL: none.
    version uuid,
    -- When somebody is to process it: while somebody does, when that is no longer
    -- believed without a sign of life. NULL: there is nothing to do.
    due_time timestamptz,
    holder uuid,  -- the run that processes it
    attempts smallint NOT NULL DEFAULT 0,  -- that have begun
    delays smallint NOT NULL DEFAULT 0,  -- how often it had to wait for the index
    -- It is out of sight, and its rows go little by little.
    delete_time timestamptz,
    PRIMARY KEY (user_id, id),
    CONSTRAINT documents_collection_fkey FOREIGN KEY (user_id, collection_id)
        REFERENCES collections (user_id, id)
) PARTITION BY HASH (user_id);

CREATE INDEX documents_by_collection ON documents (user_id, collection_id, id)
    WHERE collection_id IS NOT NULL;
CREATE INDEX documents_by_size ON documents (user_id) INCLUDE (size_bytes)
    WHERE delete_time IS NULL;
CREATE INDEX documents_due ON documents (user_id, due_time)
    WHERE due_time IS NOT NULL;
CREATE INDEX documents_deleted ON documents (delete_time)
    WHERE delete_time IS NOT NULL;
CREATE INDEX documents_uploading ON documents (create_time)
    WHERE state = 'uploading' AND delete_time IS NULL;

CREATE TABLE document_parts (
    user_id uuid NOT NULL,
    document_id uuid NOT NULL,
    start bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (user_id, document_id, start),
    CONSTRAINT document_parts_document_fkey FOREIGN KEY (user_id, document_id)
        REFERENCES documents (user_id, id) ON DELETE CASCADE
) PARTITION BY HASH (user_id);

-- Most files are packed already.
ALTER TABLE document_parts ALTER COLUMN data SET STORAGE EXTERNAL;

-- The text, in stretches that do not cross pages: any place in it is found quickly,
-- however long a page is.
CREATE TABLE document_pages (
    user_id uuid NOT NULL,
    document_id uuid NOT NULL,
    version uuid NOT NULL,
    start bigint NOT NULL,
    page integer NOT NULL,
    length integer NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (user_id, document_id, version, start),
    CONSTRAINT document_pages_document_fkey FOREIGN KEY (user_id, document_id)
        REFERENCES documents (user_id, id) ON DELETE CASCADE
) PARTITION BY HASH (user_id);

CREATE INDEX document_pages_by_page ON document_pages
    (user_id, document_id, version, page, start);

-- Their text is cut from the pages.
CREATE TABLE document_chunks (
    user_id uuid NOT NULL,
    document_id uuid NOT NULL,
    version uuid NOT NULL,
    number integer NOT NULL,
    start bigint NOT NULL,
    "end" bigint NOT NULL,
    page integer NOT NULL,
    section text NOT NULL,
    PRIMARY KEY (user_id, document_id, version, number),
    CONSTRAINT document_chunks_document_fkey FOREIGN KEY (user_id, document_id)
        REFERENCES documents (user_id, id) ON DELETE CASCADE
) PARTITION BY HASH (user_id);

-- Documents whose vectors are to be removed. A row goes when they are.
CREATE TABLE vector_deletions (
    user_id uuid NOT NULL,
    document_id uuid NOT NULL,
    due_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, document_id)
) PARTITION BY HASH (user_id);

CREATE INDEX vector_deletions_by_due_time ON vector_deletions (due_time);

-- One row for as long as there is something of a user to erase.
CREATE TABLE erasures (
    user_id uuid PRIMARY KEY,
    -- What is from before this time is erased.
    until_time timestamptz NOT NULL,
    deadline timestamptz NOT NULL,
    -- When it is worth looking for something to erase.
    look_time timestamptz NOT NULL,
    closing_account boolean NOT NULL,
    -- Whether there were documents: else the index has nothing to be asked about.
    had_documents boolean NOT NULL
) PARTITION BY HASH (user_id);

CREATE INDEX erasures_by_look_time ON erasures (look_time);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
    for statement in partitions(
        "collections",
        "collection_readers",
        "documents",
        "document_parts",
        "document_pages",
        "document_chunks",
        "vector_deletions",
        "erasures",
    ):
        op.execute(statement)
