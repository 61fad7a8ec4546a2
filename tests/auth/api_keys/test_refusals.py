"""Keys that are refused are in the audit log: a few of however many."""

import asyncio
from datetime import timedelta
from time import monotonic
from uuid import uuid4

import pytest

from services.auth.api_keys.refusals import OF_ALL, OF_ONE, Refusals
from services.auth.api_keys.texts import KeyText
from services.auth.audit.model import Event
from services.auth.audit.nothing import NoAudit
from services.auth.sessions.model import UNKNOWN, Client
from services.kit.errors import Unavailable
from services.kit.postgres import Database
from tests.auth.api_keys.keys import create, exchange, revoke
from tests.auth.api_keys.test_exchange import forged
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.calls import refusal

NOBODY = "users/-"


async def recorded(database: Database, subject: str) -> list[tuple[str, str]]:
    """How the refusals of a key ended, and why they were."""
    async with database.statement() as connection:
        rows = await connection.execute(
            "SELECT outcome, details ->> 'reason' FROM audit_events"
            " WHERE action = 'key.exchange' AND subject = %s ORDER BY index",
            [subject],
        )
        return await rows.fetchall()


@pytest.mark.asvs("16.3.1")
async def test_every_way_in_which_a_key_is_refused_is_recorded(
    api: Api, alice: Browser, clock: Clock, database: Database
):
    made, revoked = await create(alice), await create(alice)
    await revoke(alice, revoked.api_key.name)
    before = len(await recorded(database, NOBODY))

    await refusal(exchange(api, forged(made.key)))
    for text in ("parley_", KeyText.make(uuid4()).text, revoked.key):
        await refusal(exchange(api, text))
    clock.ahead = timedelta(days=90)
    await refusal(exchange(api, made.key))
    clock.ahead = timedelta()
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET disabled_time = now()")
    await refusal(exchange(api, made.key))

    assert await recorded(database, made.api_key.name) == [
        ("failure", "wrong secret"),
        ("failure", "expired"),
        ("failure", "owner away"),
    ]
    assert (await recorded(database, NOBODY))[before:] == [
        ("failure", "no key"),
        ("failure", "unknown"),
        ("failure", "unknown"),
    ]


@pytest.mark.asvs("16.3.1")
async def test_who_goes_on_trying_writes_no_more_into_the_log(
    api: Api, alice: Browser, database: Database
):
    made = await create(alice)
    before = len(await recorded(database, NOBODY))

    for _ in range(5):
        await asyncio.gather(
            *(
                refusal(exchange(api, text, address="203.0.113.9"))
                for _ in range(10)
                for text in (forged(made.key), KeyText.make(uuid4()).text)
            )
        )

    assert len(await recorded(database, made.api_key.name)) == OF_ONE.burst
    assert len(await recorded(database, NOBODY)) - before == OF_ONE.burst


class Heard(NoAudit):
    """Hears what is recorded, and can be deaf."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.deaf = False

    async def record(self, event: Event) -> None:
        if self.deaf:
            raise Unavailable(part="postgres")
        self.events.append(event)


async def test_who_comes_from_everywhere_does_not_flood_it_either():
    heard = Heard()
    refusals = Refusals.of(heard)

    began = monotonic()
    for number in range(1000):
        client = Client(address=f"203.0.{number // 250}.{number % 250}")
        await refusals.record("unknown", None, client)
    minutes = (monotonic() - began) / 60

    most = OF_ALL.burst + OF_ALL.per_minute * minutes
    assert OF_ALL.burst <= len(heard.events) <= most


async def test_a_refusal_that_cannot_be_recorded_is_one_nevertheless():
    heard = Heard()
    heard.deaf = True

    await Refusals.of(heard).record("unknown", None, UNKNOWN)  # raises nothing

    assert heard.events == []
