"""
Bring a service's tables up to date: `python -m services.kit.migrate chat`.

With `--wait`, do nothing but wait until they are.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from time import sleep
from zlib import crc32

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

LOCK_TIMEOUT = "5s"
LOOK_SECONDS = 1.0
CONNECT_SECONDS = 5
# Migrations of one service run one at a time; those of another do not wait for them.
ONE_AT_A_TIME = 7262211901


def migrate(service: str, url: str, *, to: str = "head") -> None:
    """
    Apply the migrations in `services/{service}/migrations` that are missing.

    Tables that are newer than this version stay as they are: the version that made
    them was rolled back, and this one can live with them.
    """
    with configured(service, url) as config:
        found = revision(service, config)
        if found is not None and found not in known(config):
            sys.stderr.write(f"{service}: tables are at {found}, newer than we know\n")
            return
        command.upgrade(config, to)


def missing(service: str, url: str) -> str | None:
    """
    Say what a service has to wait for, if its tables are older than it needs.

    Tables at a revision that it does not know are newer: they are those of a version
    that this one is side by side with, or that was rolled back. Tables of another
    service raise ValueError: no waiting helps.
    """
    with configured(service, url) as config:
        try:
            found = revision(service, config)
        except OperationalError as error:
            # What the database or the driver says; no password is in it.
            return str(error.orig).strip()
        wanted = ScriptDirectory.from_config(config).get_current_head()
        if found is None or (found in known(config) and found != wanted):
            return f"tables are at {found or 'no revision'}, and have to be at {wanted}"
        return None


def revision(service: str, config: Config) -> str | None:
    """Return what a service's tables are at; those of another raise ValueError."""
    engine = create_engine(
        config.attributes["url"],
        poolclass=NullPool,
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and not found.startswith(f"{service}_"):
        raise ValueError(f"these are not {service}'s tables: they are at {found}")
    return found


def known(config: Config) -> set[str]:
    """Name the revisions that this version has."""
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return {script.revision for script in scripts}


def lock_of(service: str) -> int:
    """Return the key of the lock that a migration of a service holds."""
    return ONE_AT_A_TIME + crc32(service.encode())


def wait(service: str, url: str) -> None:
    """Wait until tables are new enough, and say what for, whenever that changes."""
    said = None
    while reason := missing(service, url):
        if reason != said:
            sys.stderr.write(f"{service} waits: {reason}\n")
            said = reason
        sleep(LOOK_SECONDS)


@contextmanager
def configured(service: str, url: str) -> Iterator[Config]:
    """Say where the migrations of a service are, while the block runs."""
    with (
        as_file(files("services.kit") / "migrations") as environment,
        as_file(files(f"services.{service}") / "migrations") as versions,
    ):
        config = Config()
        config.set_main_option("script_location", str(environment))
        config.set_main_option("version_locations", str(versions))
        config.set_main_option("path_separator", "newline")
        config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://")
        config.attributes["lock"] = lock_of(service)
        config.attributes["lock_timeout"] = LOCK_TIMEOUT
        yield config


def main() -> None:
    """Migrate the service that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "service", help="auth, chat or llm; reads {SERVICE}_DATABASE_URL"
    )
    parser.add_argument(
        "--wait", action="store_true", help="wait until somebody else has done it"
    )
    arguments = parser.parse_args()
    service = arguments.service
    variable = f"{service.upper()}_DATABASE_URL"
    if not (url := os.environ.get(variable)):
        sys.exit(f"{variable}: set it to the postgresql:// URL of the database")
    # The first process of a container dies of no signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        (wait if arguments.wait else migrate)(service, url)
    except ValueError as error:
        sys.exit(f"{variable}: {error}")


if __name__ == "__main__":
    main()
