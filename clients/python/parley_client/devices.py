"""Signing in where there is no browser, by way of one that there is (RFC 8628)."""

import asyncio
from datetime import UTC, datetime

from parley_client.errors import ParleyError
from parley_client.session import Device, Session

SLOWER_SECONDS = 5.0


class DeviceSignIn:
    """Codes that wait for a person. Made by `Parley.sign_in_with_browser`."""

    def __init__(self, session: Session, device: Device) -> None:
        self._session = session
        self._device = device
        self._pause = device.poll_interval.ToTimedelta().total_seconds()

    @property
    def user_code(self) -> str:
        """What the person compares with what the browser shows, or types there."""
        return self._device.user_code

    @property
    def uri(self) -> str:
        """Where the person types the code."""
        return self._device.verification_uri

    @property
    def uri_complete(self) -> str:
        """Where the code is filled in."""
        return self._device.verification_uri_complete

    @property
    def expire_time(self) -> datetime:
        """When the codes end."""
        return self._device.expire_time.ToDatetime(UTC)

    async def approved(self) -> None:
        """Wait until the person approves, and be signed in; raise if they refuse."""
        while True:
            await asyncio.sleep(self._pause)
            try:
                return await self._session.poll_device(self._device)
            except ParleyError as error:
                if error.reason == "SLOW_DOWN":
                    self._pause += SLOWER_SECONDS
                elif error.reason != "AUTHORIZATION_PENDING" and not error.temporary:
                    raise
