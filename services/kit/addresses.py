"""Where a call came from, as the edge says."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from services.kit.lines import unfit

# Set by the edge alone. `x-forwarded-for` is not read: clients can write into it.
ADDRESS = "x-envoy-external-address"
MAX_USER_AGENT = 400

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


def client_address(context: Context) -> str | None:
    """Return where the call came from, if it came through the edge."""
    for key, value in context.invocation_metadata() or ():
        if key == ADDRESS:
            return str(value)
    return None


def user_agent(context: Context) -> str:
    """Return what calls, as it says: characters that a line may have, up to 400."""
    for key, value in context.invocation_metadata() or ():
        if key == "user-agent":
            return "".join(c for c in str(value) if not unfit(c))[:MAX_USER_AGENT]
    return ""


def network(address: str) -> str:
    """Return what one client can have: an IPv4 address, or 64 bits of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)
