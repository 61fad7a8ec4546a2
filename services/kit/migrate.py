"""Bring a service's tables up to date: `python -m services.kit.migrate chat`."""

import argparse
import os
import sys
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config

LOCK_TIMEOUT = "5s"


def migrate(service: str, url: str, *, to: str = "head") -> None:
    """Apply the migrations in `services/{service}/migrations` that are missing."""
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
        command.upgrade(config, to)


def main() -> None:
    """Migrate the service that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "service", help="auth, chat or llm; reads {SERVICE}_DATABASE_URL"
    )
    service = parser.parse_args().service
    variable = f"{service.upper()}_DATABASE_URL"
    if not (url := os.environ.get(variable)):
        sys.exit(f"{variable}: set it to the postgresql:// URL of the database")
    migrate(service, url)


if __name__ == "__main__":
    main()
