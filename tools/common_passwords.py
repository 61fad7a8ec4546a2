"""
Write the passwords that are tried first, as hashes: `python -m tools.common_passwords`.

Takes them from the list of zxcvbn, which is installed, and from files that are named as
arguments: of Django's wheel `common-passwords.txt.gz`, of the npm package
@zxcvbn-ts/language-common `src/passwords.json`.
"""

import gzip
import json
import sys
from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from services.auth.passwords.common import FILE, digest, folded


def main() -> None:
    """Write the file anew."""
    found = set(FREQUENCY_LISTS["passwords"])
    for file in map(Path, sys.argv[1:]):
        if file.suffix == ".json":
            found.update(json.loads(file.read_text()))
        else:
            found.update(gzip.decompress(file.read_bytes()).decode().splitlines())
    hashes = {digest(folded(password)) for password in found if password}
    FILE.write_bytes(b"".join(sorted(hashes)))
    print(f"wrote {len(hashes)} hashes to {FILE}")


if __name__ == "__main__":
    main()
