"""The cookie that binds a trip to a provider to the browser that makes it."""

from services.auth.identities.model import LIFETIME
from services.auth.sessions.metadata import Context, cookie

COOKIE = "__Host-parley_identity"
# Lax: the browser comes back from another site.
ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"


def identity_cookie(context: Context) -> str | None:
    """Return the secret that the browser holds, if it holds one."""
    return cookie(context, COOKIE)


async def set_identity_cookie(context: Context, secret: str) -> None:
    """Give the browser its secret, for as long as a trip may take."""
    age = int(LIFETIME.total_seconds())
    kept = f"{COOKIE}={secret}; Max-Age={age}; {ATTRIBUTES}"
    await context.send_initial_metadata((("set-cookie", kept),))
