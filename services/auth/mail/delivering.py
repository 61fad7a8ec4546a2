"""How mails that wait are sent: in the background, by all replicas together."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from prometheus_client import Counter

from services.auth.mail.composing import Composer
from services.auth.mail.model import GIVE_UP, Mail, NotSent, Undeliverable, pause
from services.auth.mail.ports import Outbox, Transport
from services.kit.clock import Clock
from services.kit.errors import Overloaded, Unavailable

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
BATCH = 10  # mails that one replica sends at once
# For so long nobody else tries a mail: longer than a server may take to take it.
LEASE = timedelta(minutes=2)

sent = Counter("mail_sent", "Mails that were handed on.", ("kind",))
not_sent = Counter("mail_not_sent", "Tries that failed, and are repeated.", ("kind",))
given_up = Counter("mail_given_up", "Mails that were given up.", ("kind",))


class Deliveries:
    """Sends the mails of an outbox, each until it is taken or of no use any more."""

    def __init__(
        self, outbox: Outbox, composer: Composer, transport: Transport, *, clock: Clock
    ) -> None:
        self._outbox = outbox
        self._composer = composer
        self._transport = transport
        self._clock = clock

    @asynccontextmanager
    async def running(self, every: float = EVERY_SECONDS) -> AsyncIterator[None]:
        """Send while the block runs; look for mails that often."""
        working = asyncio.create_task(self._work(every))
        try:
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _work(self, every: float) -> None:
        while True:
            try:
                while await self.round() == BATCH:
                    pass
            except (Unavailable, Overloaded):
                log.warning("the store is away")
            except Exception:
                log.exception("mails were not sent")
            await asyncio.sleep(every)

    async def round(self) -> int:
        """Try those that are due, at most a batch; return how many."""
        now = self._clock()
        mails = await self._outbox.take(now, until=now + LEASE, limit=BATCH)
        await asyncio.gather(*map(self._deliver, mails))
        return len(mails)

    async def _deliver(self, mail: Mail) -> None:
        labels = {"mail": str(mail.id), "kind": mail.kind, "tries": mail.tries}
        try:
            if mail.kind != "nobody":
                await self._transport.send(self._composer.compose(mail))
                log.info("mail sent", extra=labels)
        except NotSent as error:
            if self._clock() - mail.create_time < GIVE_UP:
                # Its kind alone: servers repeat addresses in what they answer.
                cause = type(error.__cause__).__name__
                log.warning("mail not sent yet", extra={**labels, "cause": cause})
                not_sent.labels(mail.kind).inc()
                later = self._clock() + pause(mail.tries)
                await self._outbox.put_off(mail.id, until=later)
                return
            self._give_up(mail, labels)
        except Undeliverable:
            self._give_up(mail, labels)
        else:
            sent.labels(mail.kind).inc()
        await self._outbox.remove([mail.id])

    def _give_up(self, mail: Mail, labels: dict[str, object]) -> None:
        log.error("mail given up", extra=labels)
        given_up.labels(mail.kind).inc()
