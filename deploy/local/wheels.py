"""Where installed packages keep the programs that they carry."""

from importlib.util import find_spec
from pathlib import Path


def folder(package: str) -> Path:
    """
    Find a package's folder without importing it.

    Importing would run code that is meant for other uses: PostgreSQL's package looks
    for a runtime folder and locks it.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"the package {package} is missing; run: make up")
    return Path(spec.submodule_search_locations[0])
