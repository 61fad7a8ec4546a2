"""What files hold, summed up: to tell whether something was made from just these."""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path


def digest(paths: Iterable[Path]) -> str:
    """Sum up what files, and the files in folders, hold."""
    summary = hashlib.sha256(sys.version.encode())
    for path in sorted(paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                summary.update(str(file).encode() + b"\0" + file.read_bytes())
    return summary.hexdigest()
