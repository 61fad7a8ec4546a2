"""What of HTTP comes and goes as metadata: the refresh cookie."""

from typing import Any

import grpc

from services.auth.sessions.model import MAX_USER_AGENT, Client, SignedIn
from services.kit.addresses import client_address
from services.kit.lines import unfit

Context = grpc.aio.ServicerContext[Any, Any]

COOKIE = "__Host-parley_refresh"
ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"


def client_of(context: Context) -> Client:
    """Return where a call comes from, and the session that its cookie speaks for."""
    said = next(iter(values(context, "user-agent")), "")
    return Client(
        address=client_address(context),
        user_agent="".join(c for c in said if not unfit(c))[:MAX_USER_AGENT],
        cookie=refresh_cookie(context),
    )


def refresh_cookie(context: Context) -> str | None:
    """Return the refresh token that the browser holds, if it holds one."""
    # HTTP/2 allows one header for each cookie (RFC 9113 8.2.3).
    for header in values(context, "cookie"):
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                return value.strip()
    return None


async def set_refresh_cookie(context: Context, signed_in: SignedIn) -> None:
    """Give the browser a session's refresh token, for as long as the session lives."""
    age = int(signed_in.lifetime.total_seconds())
    await send(context, f"{signed_in.refresh_token}; Max-Age={age}")


async def clear_refresh_cookie(context: Context) -> None:
    """Have the browser forget the refresh token."""
    await send(context, "; Max-Age=0")


async def send(context: Context, value: str) -> None:
    """Send the cookie."""
    cookie = f"{COOKIE}={value}; {ATTRIBUTES}"
    await context.send_initial_metadata((("set-cookie", cookie),))


def values(context: Context, name: str) -> list[str]:
    """Return every value of one metadata entry."""
    metadata = context.invocation_metadata() or ()
    return [str(value) for key, value in metadata if key == name]
