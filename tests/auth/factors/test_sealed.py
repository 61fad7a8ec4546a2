"""What an authenticator app knows, at rest."""

from typing import Any

import grpc
import pyotp
import pytest

from services.auth.factors.resealing import Resealing
from services.auth.factors.seed_store import PostgresSeeds
from services.auth.factors.store import PostgresFactors
from services.auth.sealing.sealer import Sealer
from services.kit.postgres import Database
from tests.auth.browser import Browser
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.auth.factors import people
from tests.auth.factors.people import add_app, begin_totp, complete_totp
from tests.calls import refusal


async def test_at_rest_the_seed_is_sealed(
    alice: Browser, clock: Clock, database: Database, sealer: Sealer
):
    begun = await begin_totp(alice)
    app = people.App(begun.secret, clock)
    waiting = await rows(database, "SELECT * FROM totp_enrolments")
    await complete_totp(alice, app.code())
    stored = await rows(database, "SELECT * FROM factors")

    seed = pyotp.TOTP(begun.secret).byte_secret()
    for row in (*waiting, *stored):
        for value in row:
            shown = value if isinstance(value, bytes) else str(value).encode()
            assert seed not in shown
            assert begun.secret.encode() not in shown
    assert len(waiting) == len(stored) == 1


async def rows(database: Database, query: Any) -> list[tuple[Any, ...]]:
    async with database.statement() as connection:
        return await (await connection.execute(query)).fetchall()


@pytest.mark.asvs("11.2.2")
async def test_another_sealing_key_opens_what_the_one_before_sealed_and_seals_it_anew(
    serve: Serve,
    redis_url: str,
    hasher: CountingHasher,
    clock: Clock,
    database: Database,
    sealer: Sealer,
):
    async with serve(redis_url, hasher) as api:
        alice = await Browser(api).sign_up()
        app, _ = await add_app(alice, clock)
    rotated = Sealer("2", {"2": b"k" * 32, **sealer.keys})

    async with serve(redis_url, hasher, sealer=rotated) as api:
        alice.api = api
        await people.sign_in(alice, totp_code=app.code())
    ((sealed,),) = await rows(database, "SELECT sealed_seed FROM factors")
    clock.ahead += people.STEP
    async with serve(redis_url, hasher, sealer=Sealer("2", {"2": b"k" * 32})) as api:
        alice.api = api
        await people.sign_in(alice, totp_code=app.code())

    assert rotated.is_current(sealed)


@pytest.mark.asvs("11.2.2")
async def test_a_key_can_be_given_up_though_somebody_does_not_sign_in(
    serve: Serve,
    redis_url: str,
    hasher: CountingHasher,
    clock: Clock,
    database: Database,
    sealer: Sealer,
    alice: Browser,
    mallory: Browser,
):
    app, _ = await add_app(alice, clock)
    await add_app(mallory, clock)
    broken = "UPDATE factors SET sealed_seed = '1:x' WHERE 'users/' || user_id = %s"
    async with database.transaction() as connection:
        await connection.execute(broken, [mallory.user])
    rotated = Sealer("2", {"2": b"k" * 32, **sealer.keys})
    resealing = Resealing(
        PostgresSeeds(database), PostgresFactors(database), sealer=rotated
    )

    assert [await resealing.round() for _ in range(2)] == [1, 0]

    clock.ahead += people.STEP
    async with serve(redis_url, hasher, sealer=Sealer("2", {"2": b"k" * 32})) as api:
        alice.api = api
        await people.sign_in(alice, totp_code=app.code())


@pytest.mark.asvs("11.3.3", "14.2.4")
async def test_a_seed_that_was_moved_to_another_user_opens_nothing(
    alice: Browser, mallory: Browser, clock: Clock, database: Database
):
    await add_app(alice, clock)
    app, _ = await add_app(mallory, clock)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE factors SET sealed_seed = (SELECT sealed_seed FROM factors"
            " WHERE 'users/' || user_id = %s) WHERE 'users/' || user_id = %s",
            [mallory.user, alice.user],
        )

    refused = await refusal(people.sign_in(alice, totp_code=app.code()))

    assert refused.code is grpc.StatusCode.INTERNAL
