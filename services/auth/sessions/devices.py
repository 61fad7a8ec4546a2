"""From which devices somebody has signed in, and that the person is told of others."""

from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from services.auth.mail.ports import Mailer
from services.auth.sessions.model import Client
from services.auth.sessions.ports import KnownDevices
from services.auth.users.model import User
from services.kit.addresses import network
from services.kit.clock import Clock

TOKEN_BYTES = 32


class Devices:
    """
    Knows a device by its cookie.

    One that keeps none is known by what it calls itself, and by its network.
    """

    def __init__(self, store: KnownDevices, mailer: Mailer, *, clock: Clock) -> None:
        self._store = store
        self._mailer = mailer
        self._clock = clock

    async def is_known(self, user_id: UUID | None, client: Client) -> bool:
        """Tell whether somebody has signed in from here; nobody never has."""
        return bool(await self._store.known(user_id, hashes(client)))

    async def forget(self, user_id: UUID, client: Client) -> None:
        """
        Have each be unknown, but the one that is here.

        Whoever guesses cannot keep its owner out there, and others are still told of.
        """
        await self._store.keep(user_id, hashes(client), self._clock())

    async def seen(self, user: User, client: Client) -> str:
        """Remember where somebody signs in; return the cookie that tells it again."""
        cookie = client.device or token_urlsafe(TOKEN_BYTES)
        kept = {of_cookie(cookie), *hashes(client)}
        if await self._store.remember(user.id, hashes(client), kept, self._clock()):
            values = {"device": client.user_agent, "address": client.address or ""}
            await self._mailer.send("new_device", to=user.email, values=values)
        return cookie


def hashes(client: Client) -> frozenset[bytes]:
    """Return by what a device is known: by its cookie alone, if it shows one."""
    return frozenset({of_cookie(client.device) if client.device else of_place(client)})


def of_cookie(cookie: str) -> bytes:
    """Return what is kept of a cookie."""
    return sha256(f"cookie {cookie}".encode()).digest()


def of_place(client: Client) -> bytes:
    """Return what is kept of a browser or terminal that keeps no cookie."""
    where = network(client.address) if client.address else ""
    return sha256(f"place {where} {client.user_agent}".encode()).digest()
