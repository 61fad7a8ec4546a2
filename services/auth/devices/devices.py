"""How a person signs a terminal in."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.auth.attempts.attempts import Attempts
from services.auth.audit.ports import Audit
from services.auth.devices.model import (
    AccessDenied,
    AuthorizationPending,
    Codes,
    Decider,
    Device,
    DeviceCodeExpired,
    DeviceDecided,
    DeviceNotFound,
    SlowDown,
    State,
    hash_of,
    user_code,
)
from services.auth.devices.ports import StoredDevices
from services.auth.sessions.model import NEVER, Client, Session, SignedIn
from services.auth.sessions.ports import StoredSessions
from services.auth.sessions.sessions import Sessions
from services.auth.users.ports import Users
from services.kit.clock import Clock
from services.kit.errors import Overloaded

log = logging.getLogger(__name__)

TRIES = 3  # to find a user code that nobody has


@dataclass(frozen=True, slots=True)
class Begun:
    """A terminal that asks, with codes that nobody can be shown again."""

    codes: Codes
    device: Device
    uri: str
    uri_complete: str = field(repr=False)


class Devices:
    """Has terminals ask, shows who asks, and signs in what is approved."""

    def __init__(
        self,
        store: StoredDevices,
        users: Users,
        stored_sessions: StoredSessions,
        *,
        sessions: Sessions,
        attempts: Attempts,
        audit: Audit,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._stored_sessions = stored_sessions
        self._sessions = sessions
        self._attempts = attempts
        self._audit = audit
        self._uri = f"{public_url.rstrip('/')}/device"
        self._clock = clock

    async def begin(self, display_name: str, *, client: Client) -> Begun:
        """Make codes for a terminal."""
        await self._attempts.count("device", subject=None, address=client.address)
        for _ in range(TRIES):
            codes, now = Codes.make(), self._clock()
            device = Device.begin(codes, display_name, client.address, now)
            if await self._store.add(device):
                # The fragment stays in the browser: no server and no log sees the code.
                return Begun(codes, device, self._uri, f"{self._uri}#{codes.shown}")
        raise Overloaded

    async def poll(self, device_code: str, *, client: Client) -> SignedIn:
        """Begin the session of a terminal that was approved, once."""
        now = self._clock()
        device = await self._store.poll(hash_of(device_code), now)
        if not device or device.ended(now):
            raise DeviceCodeExpired
        if device.early(now):
            raise SlowDown(retry_seconds=device.polled(now).poll_seconds)
        if device.state == "denied":
            raise AccessDenied
        if device.state == "pending" or not device.user_id:
            raise AuthorizationPending
        return await self._begin_session(device.user_id, device.methods, client)

    async def _begin_session(
        self, user_id: UUID, methods: Sequence[str], client: Client
    ) -> SignedIn:
        user = await self._users.user(user_id)
        if not user or user.disabled_time:
            raise AccessDenied
        begun = Session.begin(user.id, self._clock(), methods=methods, client=client)
        # What was shown was shown elsewhere. Who talks somebody into approving a
        # terminal can chat in it, and not take the account over.
        session = replace(begun, auth_time=NEVER)
        async with self._audit.together():
            if not await self._stored_sessions.add(session, version=user.version):
                raise AccessDenied
            log.info("terminal signed in", extra={"session": session.name})
            return await self._sessions.begun(user, session, client)

    async def get(self, code: str, *, user_id: UUID, client: Client) -> Device:
        """Return the terminal that shows a code; every look counts as an attempt."""
        who, address = str(user_id), client.address
        await self._attempts.count("device", subject=who, address=address)
        letters = user_code(code)
        device = letters and await self._store.of_user_code(hash_of(letters))
        if not device:
            raise DeviceNotFound
        await self._attempts.forgive("device", subject=who, address=address)
        return device

    async def decide(
        self, code: str, *, approve: bool, by: Decider, client: Client
    ) -> None:
        """Approve or refuse a terminal; deciding the same again changes nothing."""
        state: State = "approved" if approve else "denied"
        device = await self.get(code, user_id=by.user_id, client=client)
        now = self._clock()
        key = device.user_code_hash
        async with self._audit.together():
            if decided := await self._store.decide(key, state, by, now):
                await self._record(device, state, by.user_id, client)
        if not decided:
            await self._refuse_unless_same(device, state, by.user_id, now)

    async def _record(
        self, device: Device, state: State, user_id: UUID, client: Client
    ) -> None:
        user = f"users/{user_id}"
        log.info("terminal decided", extra={"user": user, "state": state})
        await self._audit.record(
            client.event(
                "device.approve" if state == "approved" else "device.deny",
                user,
                actor=user_id,
                details={"device_address": device.address},
            )
        )

    async def _refuse_unless_same(
        self, device: Device, state: State, user_id: UUID, now: datetime
    ) -> None:
        """Take it that the same was decided by the same person before, or refuse."""
        found = await self._store.of_user_code(device.user_code_hash)
        if not found or (found.state == "pending" and found.ended(now)):
            raise DeviceCodeExpired
        same = {"approved": ("approved", "used"), "denied": ("denied",)}[state]
        if found.user_id != user_id or found.state not in same:
            raise DeviceDecided
