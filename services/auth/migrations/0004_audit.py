"""The audit log: a chain that only grows."""

from alembic import op

revision = "auth_0004"
down_revision = "auth_0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE audit_events (
    index bigint PRIMARY KEY,
    id uuid NOT NULL,
    time timestamptz NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    actor uuid,
    user_id uuid,
    subject text NOT NULL,
    session uuid,
    stranger text,
    details jsonb NOT NULL,
    place_hash bytea,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL
);

CREATE INDEX audit_events_by_user ON audit_events (user_id, index);
CREATE INDEX audit_events_by_actor ON audit_events (actor, index);
CREATE INDEX audit_events_by_action ON audit_events (action text_pattern_ops, index);
CREATE INDEX audit_events_by_time ON audit_events (time);

-- Where it came from: the one thing that can be erased. The chain holds a salted hash.
CREATE TABLE audit_places (
    index bigint PRIMARY KEY,
    person uuid,
    salt bytea NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL
);

CREATE INDEX audit_places_by_person ON audit_places (person);

-- How far the log goes. Who appends locks it: so there are no gaps.
CREATE TABLE audit_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    index bigint NOT NULL,
    hash bytea NOT NULL,
    time timestamptz,
    key_id text NOT NULL,
    signature bytea NOT NULL
);

INSERT INTO audit_head (index, hash, key_id, signature)
VALUES (0, decode(repeat('00', 32), 'hex'), '', '');

-- What the first event that is kept follows.
CREATE TABLE audit_base (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    index bigint NOT NULL,
    hash bytea NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL
);

INSERT INTO audit_base (index, hash, key_id, signature)
VALUES (0, decode(repeat('00', 32), 'hex'), '', '');

-- Which event each consumer has taken last.
CREATE TABLE audit_consumers (
    consumer text PRIMARY KEY,
    index bigint NOT NULL
);

-- Against mistakes and injected SQL. Who owns the database can remove them: then the
-- chain tells.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION audit_refuse_unless_cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.index > (SELECT index FROM audit_base) THEN
        RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION audit_refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.index <= OLD.index THEN
        RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- The log may begin only after an event that is in it, signed as it is.
CREATE FUNCTION audit_refuse_unsigned_base() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM audit_events
        WHERE index = NEW.index AND hash = NEW.hash AND signature = NEW.signature
    ) THEN
        RAISE EXCEPTION 'the audit log has no such event'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_events_are_kept BEFORE DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_unless_cut();
CREATE TRIGGER audit_places_stay BEFORE UPDATE ON audit_places
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_going_back();
CREATE TRIGGER audit_head_is_kept BEFORE DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_base_grows BEFORE UPDATE ON audit_base
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_going_back();
CREATE TRIGGER audit_base_is_signed BEFORE UPDATE ON audit_base
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_unsigned_base();
CREATE TRIGGER audit_base_is_kept BEFORE DELETE ON audit_base
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
"""

UNCUT = """
CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(TABLES)
    for table in ("audit_events", "audit_places", "audit_head", "audit_base"):
        op.execute(UNCUT.format(table=table))
