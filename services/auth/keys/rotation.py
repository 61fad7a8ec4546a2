"""How signing keys follow each other, with nothing refused."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from services.auth.audit.model import Event
from services.auth.audit.ports import Audit
from services.auth.keys.model import SigningKey, current
from services.auth.keys.ports import StoredKeys
from services.auth.sealing.sealer import Sealer
from services.kit.clock import Clock
from services.kit.errors import Overloaded, Unavailable
from services.kit.jwk import Jwk, to_jwk

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # how often each replica reads the keys
EVER = datetime.fromtimestamp(0, UTC)


class Ring(Protocol):
    """What signs access tokens."""

    def turn(self, key: ec.EllipticCurvePrivateKey, published: Sequence[Jwk]) -> None:
        """Sign with this key from now on, and publish these."""


class Rotation:
    """
    Makes keys when they are due, and has this replica sign with the current one.

    A key is published for `lead` before it signs, and for as long after it has signed:
    longer than whoever verifies tokens keeps a key set, and than a token lives.
    """

    def __init__(
        self,
        store: StoredKeys,
        sealer: Sealer,
        ring: Ring,
        *,
        life: timedelta,
        lead: timedelta,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._ring = ring
        self._life = life
        self._lead = lead
        self._audit = audit
        self._clock = clock
        self._opened: dict[str, ec.EllipticCurvePrivateKey] = {}
        self._published: Sequence[Jwk] = ()
        self._look = asyncio.Event()

    @asynccontextmanager
    async def turning(self) -> AsyncIterator[None]:
        """Have a key, and go on looking for newer ones while the block runs."""
        turning = asyncio.create_task(self._keep_turning(), name="signing keys")
        try:
            yield
        finally:
            turning.cancel()
            await asyncio.gather(turning, return_exceptions=True)

    def look(self) -> None:
        """Look at once: something has changed."""
        self._look.set()

    async def round(self) -> None:
        """Make a key if one is due, and sign with the current one."""
        now = self._clock()
        keys = await self._store.all()
        signing = current(keys, now)
        latest = max(
            (key.sign_time for key in keys if key.published(now)), default=EVER
        )
        if signing is None:
            await self._add(now, sign_time=now, unless_since=EVER)
        elif latest <= now - self._life:
            sign_time = now + self._lead
            await self._add(now, sign_time=sign_time, unless_since=now - self._life)
        await self._store.forget(now)
        await self.published()

    async def keys(self) -> Sequence[SigningKey]:
        """Return all keys, the latest first."""
        return await self._store.all()

    async def rotate(
        self, by: UUID, *, emergency: bool, request_id: UUID | None
    ) -> Sequence[SigningKey]:
        """
        Have a new key take over: after its lead, or in an emergency at once.

        Nothing is made anew if one is to take over already, or for a retry.
        """
        now = self._clock()
        kind = "emergency" if emergency else "command"
        event = Event(
            action="signing_key.rotate",
            outcome="success",
            actor=by,
            subject="signingKeys",
            details={"why": kind},
        )
        async with self._audit.together():
            if emergency:
                new = self._new(now, sign_time=now)
                done = await self._store.replace(new, request_id=request_id)
            else:
                done = await self._add(
                    now,
                    sign_time=now + self._lead,
                    unless_since=now,
                    request_id=request_id,
                )
            if done:
                log.warning("signing keys rotated", extra={"why": kind})
                await self._audit.record(event)
        await self.published()
        return await self._store.all()

    async def published(self) -> Sequence[Jwk]:
        """Read which keys are good now, and sign with the current one."""
        now = self._clock()
        keys = await self._store.all()
        published = [key.public for key in keys if key.published(now)]
        if signing := current(keys, now):
            self._ring.turn(self._open(signing), published)
        self._published = published
        return published

    async def jwks(self) -> Sequence[Jwk]:
        """Return the keys that are good now: as last known, if they cannot be read."""
        try:
            return await self.published()
        except (Unavailable, Overloaded):
            if not self._published:
                raise
            return self._published

    async def _add(
        self,
        now: datetime,
        *,
        sign_time: datetime,
        unless_since: datetime,
        request_id: UUID | None = None,
    ) -> bool:
        return await self._store.add(
            self._new(now, sign_time=sign_time),
            withdraw_time=sign_time + self._lead,
            unless_since=unless_since,
            request_id=request_id,
        )

    def _new(self, now: datetime, *, sign_time: datetime) -> SigningKey:
        key = ec.generate_private_key(ec.SECP256R1())
        public = to_jwk(key)
        plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return SigningKey(
            id=public["kid"],
            sealed=self._sealer.seal(plain, context=context(public["kid"])),
            public=public,
            create_time=now,
            sign_time=sign_time,
        )

    def _open(self, key: SigningKey) -> ec.EllipticCurvePrivateKey:
        if key.id not in self._opened:
            plain = self._sealer.open(key.sealed, context=context(key.id))
            opened = load_der_private_key(plain, password=None)
            assert isinstance(opened, ec.EllipticCurvePrivateKey)
            self._opened = {key.id: opened}
        return self._opened[key.id]

    async def _keep_turning(self) -> None:
        while True:
            self._look.clear()
            try:
                await self.round()
            except (Unavailable, Overloaded) as error:
                log.warning("signing keys cannot be read", exc_info=error)
            except Exception:
                log.exception("signing keys cannot be turned")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                continue


def context(kid: str) -> str:
    """Say what a sealed key is, so that it cannot be passed off as another."""
    return f"signing key {kid}"
