"""How mails that wait are sent: once, and until they are."""

import asyncio
import logging
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.auth.mail.delivering import BATCH, LEASE, Deliveries
from services.auth.mail.model import GIVE_UP, Kind, Mail, pause
from services.auth.mail.smtp import Server, SmtpTransport
from services.auth.mail.store import PostgresOutbox
from services.kit.postgres import Database
from tests.auth.conftest import Clock
from tests.auth.mail.conftest import COMPOSER
from tests.auth.mail.server import MailServer

ADA = "ada@example.com"


async def add(
    outbox: PostgresOutbox, when: datetime, to: str = ADA, kind: Kind = "verify_email"
) -> UUID:
    mail = Mail(
        id=uuid4(), kind=kind, to=to, values={"code": "12345678"}, create_time=when
    )
    await outbox.add(mail)
    return mail.id


async def waiting(database: Database) -> int:
    async with database.transaction() as connection:
        row = await (await connection.execute("SELECT count(*) FROM mails")).fetchone()
    assert row
    return int(row[0])


async def test_a_mail_is_sent_once_whatever_number_of_replicas_look(
    outbox: PostgresOutbox,
    mail_server: MailServer,
    database: Database,
    clock: Clock,
):
    transport = SmtpTransport(Server.parse(mail_server.url))
    replicas = [Deliveries(outbox, COMPOSER, transport, clock=clock) for _ in range(5)]
    addresses = [f"{number}@example.com" for number in range(3 * BATCH)]
    for address in addresses:
        await add(outbox, clock(), address)

    counts = await asyncio.gather(*(each.round() for each in replicas))

    assert sum(counts) == 3 * BATCH
    assert sorted(mail["To"] for mail in mail_server.mails) == sorted(addresses)
    assert await waiting(database) == 0


async def test_a_mail_that_was_not_taken_is_tried_again_ever_more_rarely(
    outbox: PostgresOutbox,
    deliveries: Deliveries,
    mail_server: MailServer,
    clock: Clock,
):
    mail_server.answer = "451 4.3.0 Later"
    await add(outbox, clock())

    for tries in range(1, 5):
        assert await deliveries.round() == 1
        assert await deliveries.round() == 0
        clock.ahead += pause(tries)
    mail_server.answer = "250 OK"
    assert await deliveries.round() == 1

    (mail,) = mail_server.mails
    assert mail["To"] == ADA
    assert [pause(tries) for tries in (1, 2, 3)] == [
        timedelta(seconds=10),
        timedelta(seconds=20),
        timedelta(seconds=40),
    ]
    assert pause(1_000) == timedelta(hours=1)


async def test_a_mail_is_given_up_after_a_day_and_the_log_does_not_say_to_whom(
    outbox: PostgresOutbox,
    deliveries: Deliveries,
    mail_server: MailServer,
    database: Database,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
):
    mail_server.answer = f"451 4.3.0 {ADA} is busy"
    mail_id = await add(outbox, clock())
    await deliveries.round()
    clock.ahead = GIVE_UP

    with caplog.at_level(logging.WARNING):
        await deliveries.round()

    assert await waiting(database) == 0
    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.message == "mail given up"
    assert str(mail_id) in str(vars(record))
    ours = [each for each in caplog.records if each.name.startswith("services.")]
    everything = " ".join(str(vars(each)) for each in ours)
    assert ADA not in everything
    assert "12345678" not in everything


@pytest.mark.parametrize("why", ["refused", "impossible"])
async def test_a_mail_that_never_can_be_sent_holds_up_no_other(
    why: str,
    outbox: PostgresOutbox,
    deliveries: Deliveries,
    mail_server: MailServer,
    database: Database,
    clock: Clock,
):
    if why == "refused":
        mail_server.recipient_answer = "550 5.1.1 No such user"
        await add(outbox, clock())
        await deliveries.round()
        mail_server.recipient_answer = "250 OK"
    else:
        await add(outbox, clock(), "nobody at all")
    await add(outbox, clock(), "bob@example.com")

    await deliveries.round()

    assert [mail["To"] for mail in mail_server.mails] == ["bob@example.com"]
    assert await waiting(database) == 0


async def test_who_dies_while_it_sends_leaves_the_mail_to_the_others(
    outbox: PostgresOutbox,
    deliveries: Deliveries,
    mail_server: MailServer,
    clock: Clock,
):
    await add(outbox, clock())
    now = clock()
    assert len(await outbox.take(now, until=now + LEASE, limit=BATCH)) == 1
    assert await deliveries.round() == 0

    clock.ahead = LEASE

    assert await deliveries.round() == 1
    assert len(mail_server.mails) == 1


async def test_mail_to_nobody_is_not_sent(
    outbox: PostgresOutbox,
    deliveries: Deliveries,
    mail_server: MailServer,
    database: Database,
    clock: Clock,
):
    await add(outbox, clock(), kind="nobody")

    assert await deliveries.round() == 1

    assert mail_server.mails == []
    assert await waiting(database) == 0


@pytest.mark.asvs("11.3.3")
async def test_what_waits_is_sealed_for_its_own_row(
    outbox: PostgresOutbox, database: Database, clock: Clock
):
    first, second = await add(outbox, clock()), await add(outbox, clock())
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE mails SET sealed = (SELECT sealed FROM mails WHERE id = %s) "
            "WHERE id = %s",
            [first, second],
        )

    taken = await outbox.take(clock(), until=clock() + LEASE, limit=BATCH)

    assert [mail.id for mail in taken] == [first]
