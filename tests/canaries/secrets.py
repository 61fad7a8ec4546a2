"""What a secret looks like, whatever it was turned into on its way."""

import re
from base64 import b64encode

# Stands in passwords, keys and prompts of tests, and nowhere else.
MARK = "Qz7canaryXk2"
PASSWORD = f"correct horse {MARK} staple"
PROMPT = f"Tell nobody about {MARK}."
KEY = f"sk-{MARK}"


def forms(mark: str) -> list[str]:
    """Return how a text with the mark in it may look: as it is, in base64, in hex."""
    # Of base64 only what no letter around the mark has a part in, for each place.
    encoded = [b64encode(b" " * shift + mark.encode()) for shift in range(3)]
    inner = [text.decode()[4:-4] for text in encoded]
    return [mark, *inner, mark.encode().hex()]


SECRETS = {
    "a marked secret": re.compile("|".join(forms(MARK)).encode(), re.IGNORECASE),
    "an access token": re.compile(rb"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{20,}"),
    "a refresh token": re.compile(rb"\b[0-9a-f]{32}\.[1-9][0-9]{0,8}\.[\w-]{43}\b"),
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY"),
}
# What has no place in logs, and one in auth's tables.
HASHES = {"the hash of a password": re.compile(rb"\$argon2id?\$v=")}


def found(data: bytes, *, hashes: bool = True) -> list[str]:
    """Name the kinds of secrets in something; not the secrets."""
    looked_for = {**SECRETS, **(HASHES if hashes else {})}
    return [name for name, pattern in looked_for.items() if pattern.search(data)]
