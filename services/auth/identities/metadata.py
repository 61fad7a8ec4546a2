"""The cookie that binds a trip to a provider to the browser that makes it."""

from services.auth.identities.model import LIFETIME
from services.auth.sessions.metadata import Context, values

COOKIE = "__Host-parley_identity"
# Lax: the browser comes back from another site.
ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"


def identity_cookie(context: Context) -> str | None:
    """Return the secret that the browser holds, if it holds one."""
    for header in values(context, "cookie"):
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                return value.strip()
    return None


async def set_identity_cookie(context: Context, secret: str) -> None:
    """Give the browser its secret, for as long as a trip may take."""
    age = int(LIFETIME.total_seconds())
    cookie = f"{COOKIE}={secret}; Max-Age={age}; {ATTRIBUTES}"
    await context.send_initial_metadata((("set-cookie", cookie),))
