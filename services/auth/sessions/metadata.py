"""What of HTTP comes and goes as metadata: cookies."""

import re
from typing import Any

import grpc

from services.auth.audit.acting import Acting
from services.auth.audit.origin import Origin
from services.auth.sessions.model import DEVICE, Client, SignedIn
from services.kit.addresses import client_address, user_agent
from services.kit.caller import current

Context = grpc.aio.ServicerContext[Any, Any]

COOKIE = "__Host-parley_refresh"
DEVICE_COOKIE = "__Host-parley_device"
DEVICE_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"


def client_of(context: Context) -> Client:
    """Return where a call comes from, and the session that its cookie speaks for."""
    device = cookie(context, DEVICE_COOKIE)
    return Client(
        address=client_address(context),
        user_agent=user_agent(context),
        cookie=refresh_cookie(context),
        device=device if device and DEVICE_TOKEN.fullmatch(device) else None,
    )


def acting(context: Context) -> Acting:
    """Return who administers by a call."""
    caller = current()
    return Acting(
        user_id=caller.user_id,
        scope=caller.scope,
        version=caller.version,
        key_id=caller.key_id,
        origin=Origin(
            address=client_address(context),
            user_agent=user_agent(context),
            session_id=caller.session_id,
        ),
    )


def refresh_cookie(context: Context) -> str | None:
    """Return the refresh token that the browser holds, if it holds one."""
    return cookie(context, COOKIE)


def cookie(context: Context, wanted: str) -> str | None:
    """Return a cookie that the browser holds, if it holds it."""
    # HTTP/2 allows one header for each cookie (RFC 9113 8.2.3).
    for header in values(context, "cookie"):
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == wanted:
                return value.strip()
    return None


async def set_refresh_cookie(context: Context, signed_in: SignedIn) -> None:
    """
    Give the browser a session's refresh token, for as long as the session lives.

    One that has just signed in is also given what it is known by next time.
    """
    age = int(signed_in.lifetime.total_seconds())
    cookies = [f"{COOKIE}={signed_in.refresh_token}; Max-Age={age}"]
    if signed_in.device:
        age = int(DEVICE.total_seconds())
        cookies.append(f"{DEVICE_COOKIE}={signed_in.device}; Max-Age={age}")
    await send(context, *cookies)


async def clear_refresh_cookie(context: Context) -> None:
    """Have the browser forget the refresh token."""
    await send(context, f"{COOKIE}=; Max-Age=0")


async def send(context: Context, *cookies: str) -> None:
    """Send cookies."""
    await context.send_initial_metadata(
        tuple(("set-cookie", f"{each}; {ATTRIBUTES}") for each in cookies)
    )


def values(context: Context, name: str) -> list[str]:
    """Return every value of one metadata entry."""
    metadata = context.invocation_metadata() or ()
    return [str(value) for key, value in metadata if key == name]
