"""How Alembic runs a service's migrations: alone, and never waiting long."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

# Two migrators at once: the second waits for the first and finds nothing to do.
ONE_AT_A_TIME = 7262211901


def run() -> None:
    """Apply what is missing over the connection that `migrate` names."""
    attributes = context.config.attributes
    engine = create_engine(attributes["url"], poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME}
        )
        connection.execute(
            text(f"SET LOCAL lock_timeout = '{attributes['lock_timeout']}'")
        )
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


run()
