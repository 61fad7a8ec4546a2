"""Refuse source files that grew too long to be read at once: split them by noun."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST = 300
SOURCES = (".py", ".ts", ".tsx", ".mjs", ".proto", ".lua", ".j2", ".css", ".sh")
# One enum, in which readers look things up.
WHOLE = ("proto/parley/error/v1/error_reason.proto",)
GENERATED = ("gen/", "web/src/gen/")


def main() -> None:
    """Count the lines of every source file that git knows, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    found = []
    for name in listed:
        if not name.endswith(SOURCES) or name.startswith((*GENERATED, *WHOLE)):
            continue
        if (file := ROOT / name).exists():
            lines = len(file.read_text().splitlines())
            if lines > LONGEST:
                found.append(f"{name}: {lines} lines, at most {LONGEST}")
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
