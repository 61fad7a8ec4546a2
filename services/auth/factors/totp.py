"""Codes that an app reckons from the time (RFC 6238)."""

import re
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from io import BytesIO
from secrets import token_bytes

import pyotp
import segno

ISSUER = "Parley"
SEED_BYTES = 20  # 160 bits, as RFC 4226 4 recommends for SHA-1
STEP_SECONDS = 30
DIGITS = 6
SKEW = 1  # steps that a clock may be off, either way

CODE = re.compile(rf"[0-9]{{{DIGITS}}}", re.ASCII)


def new_seed() -> bytes:
    """Make what an app is to know."""
    return token_bytes(SEED_BYTES)


def spelt(seed: bytes) -> str:
    """Spell a seed as apps take it."""
    return b32encode(seed).decode()


def uri(seed: bytes, account: str) -> str:
    """Name a seed as apps scan it."""
    return app(seed).provisioning_uri(name=account, issuer_name=ISSUER)


def picture(address: str) -> str:
    """Draw a URI as a QR code, in SVG that stands in a page by itself."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, nl=False, scale=4, border=4, light="#fff"
    )
    return drawn.getvalue().decode()


def step_of(now: datetime) -> int:
    """Number the time step."""
    return int(now.timestamp()) // STEP_SECONDS


def matched(seed: bytes, code: str, now: datetime) -> int | None:
    """Return the time step that a code is of, if it is one of those about now."""
    digits = "".join(code.split())
    if not CODE.fullmatch(digits):
        return None
    known = app(seed)
    now_step = step_of(now)
    found = None
    for step in range(now_step - SKEW, now_step + SKEW + 1):
        # Each is compared, so that the time tells nothing.
        if compare_digest(known.generate_otp(step), digits):
            found = step
    return found


def app(seed: bytes) -> pyotp.TOTP:
    """Return what reckons the codes."""
    return pyotp.TOTP(spelt(seed), digits=DIGITS, interval=STEP_SECONDS)
