"""Auth that sends mail, and the server that takes it."""

from collections.abc import AsyncIterator

import pytest

from services.auth.mail.composing import Composer
from services.auth.mail.delivering import Deliveries
from services.auth.mail.mailer import QueuedMailer
from services.auth.mail.smtp import Server, SmtpTransport
from services.auth.mail.store import PostgresOutbox
from services.auth.sealing.sealer import Sealer
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.auth.mail.server import MailServer

COMPOSER = Composer("Parley <no-reply@parley.example>", "https://chat.example.com")


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    async with MailServer.open() as server:
        yield server


@pytest.fixture
def outbox(database: Database, sealer: Sealer) -> PostgresOutbox:
    return PostgresOutbox(database, sealer)


@pytest.fixture
def deliveries(
    outbox: PostgresOutbox, mail_server: MailServer, clock: Clock
) -> Deliveries:
    transport = SmtpTransport(Server.parse(mail_server.url))
    return Deliveries(outbox, COMPOSER, transport, clock=clock)


@pytest.fixture
async def api(
    serve: Serve,
    redis_url: str,
    hasher: CountingHasher,
    outbox: PostgresOutbox,
    deliveries: Deliveries,
    clock: Clock,
) -> AsyncIterator[Api]:
    """Auth, by which mail is sent at once."""
    mailer = QueuedMailer(outbox, clock=clock)
    async with (
        serve(redis_url, hasher, mailer=mailer) as api,
        deliveries.running(every=0.02),
    ):
        yield api


@pytest.fixture
async def alice(api: Api, mail_server: MailServer) -> Browser:
    """Somebody who has signed up."""
    return await joined(Browser(api), mail_server)


async def joined(browser: Browser, mail_server: MailServer) -> Browser:
    """Sign up with the code that comes."""
    await browser.ask_to_sign_up()
    return await browser.show_code(await mail_server.code_to(browser.email))
