"""The pool, when more want a connection than there are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.local import postgres
from services.kit.errors import Overloaded, ServiceError, Unavailable
from services.kit.postgres import WAITING, Database


async def use(database: Database, milliseconds: int = 0) -> None:
    """Use a connection for a while."""
    async with database.transaction() as connection:
        await connection.execute("SELECT pg_sleep(%s / 1000.0)", (milliseconds,))


@asynccontextmanager
async def full(database: Database, size: int = 1) -> AsyncIterator[None]:
    """Keep all connections of a pool in use while the block runs."""
    async with AsyncExitStack() as used:
        for _ in range(size):
            await used.enter_async_context(database.transaction())
        yield


async def test_a_full_pool_refuses_while_its_connections_are_in_use(
    chat_database: str,
):
    async with Database.connect(chat_database, pool_size=2) as database:
        async with full(database, 2):
            with pytest.raises(Overloaded) as caught:
                await use(database)

        await use(database)

    assert caught.value.retry_seconds == 1


async def test_a_queue_that_moves_is_served_in_order(
    chat_database: str, monkeypatch: pytest.MonkeyPatch
):
    # A busy machine may leave a queue that moves standing for longer than 100 ms.
    monkeypatch.setattr("services.kit.turns.LOOK_SECONDS", 30)
    monkeypatch.setattr("services.kit.postgres.WAIT_SECONDS", 60)
    served: list[int] = []

    async def wait_for_turn(number: int) -> None:
        await use(database, 10)
        served.append(number)

    async with Database.connect(chat_database, pool_size=1) as database:
        await asyncio.gather(*map(wait_for_turn, range(50)))

    assert served == list(range(50))


async def test_more_than_may_wait_are_refused_at_once(chat_database: str):
    async with (
        Database.connect(chat_database, pool_size=1) as database,
        full(database),
    ):
        waiting = [asyncio.create_task(use(database)) for _ in range(WAITING)]
        one_more = asyncio.create_task(use(database))
        done, _ = await asyncio.wait(
            [*waiting, one_more], return_when=asyncio.FIRST_COMPLETED
        )
        await asyncio.gather(*waiting, one_more, return_exceptions=True)

    assert done == {one_more}
    assert isinstance(one_more.exception(), Overloaded)


async def test_a_patient_pool_waits_until_a_connection_comes_back(chat_database: str):
    async with (
        Database.connect(chat_database, pool_size=1) as others,
        Database.connect(chat_database, pool_size=1, patient=True) as database,
    ):
        async with full(others), full(database):
            patient = asyncio.create_task(use(database))
            with pytest.raises(Overloaded):
                await use(others)
            assert not patient.done()

        await patient


async def refusal(database: Database) -> ServiceError | None:
    """Return how the use of a connection was refused."""
    try:
        await use(database)
    except ServiceError as error:
        return error
    return None


async def test_where_no_postgres_is_every_caller_is_told_so(tmp_path: Path):
    url = postgres.url(tmp_path, "chat", "secret")

    async with Database.connect(url, pool_size=1) as database:
        refused = await asyncio.gather(
            *(refusal(database) for _ in range(1 + WAITING + 1))
        )

    assert {type(error) for error in refused} == {Unavailable}
    assert [error.metadata for error in refused if error] == [
        {"part": "postgres"}
    ] * len(refused)


@asynccontextmanager
async def starting(tried: Callable[[], None]) -> AsyncIterator[str]:
    """Be a Postgres that hangs up on everybody, as one that is not ready does."""

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tried()
        writer.close()

    with TemporaryDirectory(prefix="parley-") as folder:
        socket = Path(folder, ".s.PGSQL.5432")
        async with await asyncio.start_unix_server(hang_up, socket):
            yield postgres.url(Path(folder), "chat", "secret")


async def test_a_connection_is_tried_at_a_steady_pace_while_somebody_waits():
    tries = 0
    enough = asyncio.Event()

    def tried() -> None:
        nonlocal tries
        tries += 1
        if tries == 12:  # which takes a minute if each wait is twice as long
            enough.set()

    async def keep_asking() -> None:
        while True:
            await refusal(database)

    async with starting(tried) as url, Database.connect(url, pool_size=1) as database:
        asking = asyncio.create_task(keep_asking())
        try:
            async with asyncio.timeout(60):
                await enough.wait()
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
