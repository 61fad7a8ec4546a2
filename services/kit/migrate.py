"""
Bring a service's tables up to date: `python -m services.kit.migrate chat`.

With `--wait`, do nothing but wait until they are.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from time import sleep

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

LOCK_TIMEOUT = "5s"
LOOK_SECONDS = 1.0


def migrate(service: str, url: str, *, to: str = "head") -> None:
    """Apply the migrations in `services/{service}/migrations` that are missing."""
    with configured(service, url) as config:
        command.upgrade(config, to)


def behind(service: str, url: str) -> bool:
    """
    Tell whether tables are older than this version of the service needs.

    Tables at a revision that it does not know are newer: they are those of a version
    that this one is side by side with, or that was rolled back.
    """
    with configured(service, url) as config:
        scripts = ScriptDirectory.from_config(config)
        engine = create_engine(config.attributes["url"], poolclass=NullPool)
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        ours = {script.revision for script in scripts.walk_revisions()}
        return found is None or (found in ours and found != scripts.get_current_head())


def wait(service: str, url: str) -> None:
    """Wait until tables are new enough, also while there is no database."""
    while True:
        try:
            if not behind(service, url):
                return
        except OperationalError:
            pass
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
    (wait if arguments.wait else migrate)(service, url)


if __name__ == "__main__":
    main()
