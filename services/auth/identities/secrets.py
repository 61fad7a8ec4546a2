"""
The secrets of one trip to a provider, all from one that the browser keeps.

The state goes through the provider and through addresses. The nonce and the code
verifier (PKCE) follow from it together with the browser's secret, so that nobody else
can come back in this browser's place, and nothing of it need be stored but hashes.
"""

import hmac
import re
import secrets
from hashlib import sha256

from services.auth.identities.model import Attempt, Purpose
from services.kit.jwk import base64url

BYTES = 32
BROWSER = re.compile(r"[\w-]{43}", re.ASCII)
PREFIX: dict[Purpose, str] = {
    "sign_in": "s",
    "again": "a",
    "link": "l",
}  # tells the page


def browser_secret(cookie: str | None) -> str:
    """Return the browser's secret, a new one if it has none."""
    if cookie and BROWSER.fullmatch(cookie):
        return cookie
    return base64url(secrets.token_bytes(BYTES))


def attempt(browser: str, purpose: Purpose) -> Attempt:
    """Make what goes with a person to a provider."""
    state = PREFIX[purpose] + base64url(secrets.token_bytes(BYTES))
    return attempt_of(browser, state)


def attempt_of(browser: str, state: str) -> Attempt:
    """Make it again for who comes back."""
    return Attempt(
        state=state,
        nonce=derived(browser, "nonce", state),
        verifier=derived(browser, "code verifier", state),
    )


def derived(browser: str, what: str, state: str) -> str:
    """Derive a secret of its own for each use."""
    message = f"parley identity {what}|{state}".encode()
    return base64url(hmac.digest(browser.encode(), message, "sha256"))


def challenge(verifier: str) -> str:
    """Return what a provider is shown of the code verifier (S256)."""
    return base64url(sha256(verifier.encode()).digest())


def hashed(secret: str) -> bytes:
    """Return what is stored of a secret of 256 bits."""
    return sha256(secret.encode()).digest()
