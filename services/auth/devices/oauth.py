"""How clients that know OAuth alone come to tokens (RFC 8628, RFC 6749)."""

from typing import Literal

from services.auth.devices.devices import Devices
from services.auth.devices.model import (
    AccessDenied,
    AuthorizationPending,
    DeviceCodeExpired,
    SlowDown,
)
from services.auth.sessions.model import Client, SignedIn
from services.auth.sessions.sessions import Sessions

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
GRANTS = (DEVICE_CODE, REFRESH_TOKEN)

Refused = Literal[
    "access_denied",
    "authorization_pending",
    "expired_token",
    "invalid_grant",
    "slow_down",
    "unsupported_grant_type",
]
# OAuth has names of its own for what an exception says elsewhere.
NAMES: dict[type[Exception], Refused] = {
    AccessDenied: "access_denied",
    AuthorizationPending: "authorization_pending",
    DeviceCodeExpired: "expired_token",
    SlowDown: "slow_down",
}


class OAuth:
    """Issues tokens, or says in OAuth's words why not."""

    def __init__(self, devices: Devices, sessions: Sessions) -> None:
        self._devices = devices
        self._sessions = sessions

    async def tokens(
        self, grant: str, *, secret: str, client: Client
    ) -> SignedIn | Refused:
        """Exchange a device code or a refresh token."""
        if grant == DEVICE_CODE:
            return await self._of_device(secret, client)
        if grant == REFRESH_TOKEN:
            refreshed = await self._sessions.refresh(secret, client=client)
            return refreshed or "invalid_grant"
        return "unsupported_grant_type"

    async def _of_device(self, code: str, client: Client) -> SignedIn | Refused:
        try:
            return await self._devices.poll(code, client=client)
        except tuple(NAMES) as refused:
            return NAMES[type(refused)]
