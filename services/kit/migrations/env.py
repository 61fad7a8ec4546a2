"""How Alembic runs a service's migrations: one at a time, and never waiting long."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool


def run() -> None:
    """Apply what is missing over the connection that `migrate` names."""
    attributes = context.config.attributes
    engine = create_engine(attributes["url"], poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        # Two of one service at once: the second waits, however long the first takes,
        # and finds nothing to do. Its role would give up after two seconds.
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": attributes["lock"]}
        )
        connection.execute(
            text(f"SET LOCAL lock_timeout = '{attributes['lock_timeout']}'")
        )
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


run()
