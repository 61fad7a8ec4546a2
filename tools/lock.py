"""Resolve the dependencies of `pyproject.toml` into `requirements/`, with hashes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).parent / "uv"
# For every supported Python and platform, and with no download addresses.
COMPILE = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--quiet",
]
LOCKS = {
    "requirements/up.txt": ["pyproject.toml", "--group", "local"],
    "requirements/test.txt": [
        *("pyproject.toml", "--group", "local", "--group", "test"),
        *("--constraint", "requirements/up.txt"),
    ],
    # What is in the images, at the versions of the machine that it was tried on.
    "requirements/services.txt": [
        *("pyproject.toml", "--group", "sandbox"),
        *("--constraint", "requirements/up.txt"),
    ],
    "requirements/edge.txt": [
        *("--group", "edge", "--constraint", "requirements/up.txt"),
    ],
    "requirements/kubernetes.txt": ["--group", "kubernetes"],
    "requirements/checkov.txt": ["--group", "checkov"],
    "requirements/redis.txt": ["--group", "redis", "--no-deps"],
    "requirements/xds.txt": ["--group", "xds", "--no-deps"],
    "requirements/embedding.txt": ["--group", "embedding"],
    "requirements/bootstrap.txt": ["--group", "bootstrap"],
}


def main() -> None:
    """Write the locks; arguments such as `--upgrade` are passed on to uv."""
    for lock, sources in LOCKS.items():
        command = [str(UV), "pip", "compile", *sources, *COMPILE, *sys.argv[1:]]
        subprocess.run([*command, "--output-file", lock], cwd=ROOT, check=True)
        print(f"wrote {lock}")


if __name__ == "__main__":
    main()
