"""Mail, as the settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.auth.mail.composing import Composer
from services.auth.mail.delivering import Deliveries
from services.auth.mail.mailer import QueuedMailer
from services.auth.mail.ports import Mailer
from services.auth.mail.smtp import Server, SmtpTransport
from services.auth.mail.store import PostgresOutbox
from services.auth.sealing.sealer import Sealer
from services.kit.clock import Clock, utc_now
from services.kit.postgres import Database


@asynccontextmanager
async def mailing(
    database: Database,
    sealer: Sealer,
    *,
    url: str | None,
    sender: str,
    site: str,
    clock: Clock = utc_now,
) -> AsyncIterator[Mailer | None]:
    """Send mail in the background while the block runs; none without a server."""
    if url is None:
        yield None
        return
    outbox = PostgresOutbox(database, sealer)
    transport = SmtpTransport(Server.parse(url))
    composer = Composer(sender, site)
    async with Deliveries(outbox, composer, transport, clock=clock).running():
        yield QueuedMailer(outbox, clock=clock)
