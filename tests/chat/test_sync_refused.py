"""SyncService: cursors that cannot be continued, and callers that are too many."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import pytest

from services.chat.sync.model import (
    MAX_STREAMS_PER_USER,
    Cursor,
)
from tests.calls import refusal
from tests.chat.sync import (
    Replica,
    beginning,
    patiently,
    replica,
)
from tests.identity import Identity


@pytest.fixture
async def here(
    chat_database: str, redis_url: str, identity: Identity
) -> AsyncIterator[Replica]:
    """A replica."""
    async with replica(chat_database, redis_url, identity) as here:
        yield here


@pytest.mark.asvs("8.2.2")
async def test_a_cursor_of_another_user_is_refused(here: Replica):
    user, other = uuid4(), uuid4()
    theirs = await beginning(here.watch(other))

    refused = await refusal(here.watch(user, theirs.cursor).stream)

    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "cursor"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "AAAA",
        "\u202e",
        urlsafe_b64encode(b"x" * 25).decode(),
        "A" * 100_000,
    ],
)
async def test_what_is_no_cursor_is_refused(here: Replica, cursor: str):
    refused = await refusal(here.watch(uuid4(), cursor).stream)

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "cursor"


@pytest.mark.parametrize("seq", [2, 2**63, 2**64 - 1])
async def test_a_cursor_from_the_future_is_refused(here: Replica, seq: int):
    user = uuid4()
    await here.happen(user)

    refused = await refusal(here.watch(user, str(Cursor(user, seq))).stream)

    assert refused.reason == "INVALID_FIELD"


@pytest.mark.parametrize("dropped", [2, 3])
async def test_a_cursor_behind_what_is_kept_has_expired(here: Replica, dropped: int):
    user = uuid4()
    device = await beginning(here.watch(user))
    await here.happen(user, times=3)
    assert await device.numbers(3) == [1, 2, 3]
    async with here.database.transaction() as connection:
        await connection.execute("DELETE FROM events WHERE seq <= %s", [dropped])

    refused = await refusal(here.watch(user, str(Cursor(user, 1))).stream)
    resumed = await beginning(here.watch(user, device.cursor))

    assert refused.code == grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "CURSOR_EXPIRED"
    await here.happen(user)
    assert await resumed.next() == [4]


async def test_nobody_watches_another_user(here: Replica):
    refused = await refusal(here.watch(uuid4(), caller=uuid4()).stream)

    assert refused.code == grpc.StatusCode.PERMISSION_DENIED


async def test_a_user_has_so_many_streams_and_no_more(here: Replica):
    user = uuid4()
    devices = [await beginning(here.watch(user)) for _ in range(MAX_STREAMS_PER_USER)]

    refused = await refusal(here.watch(user).stream)

    assert refused.reason == "OVERLOADED"
    assert refused.retry_seconds == 5
    await beginning(here.watch(uuid4()))
    devices[0].stream.cancel()
    async for attempt in patiently():
        with attempt:
            again = here.watch(user)
            assert await again.stream.initial_metadata() is not None
            assert await again.stream.read() is not grpc.aio.EOF
