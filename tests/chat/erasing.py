"""A user with a row in every table, and the service that erases them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import LiteralString, cast
from uuid import UUID, uuid4

import grpc
import psycopg
import pytest
from psycopg import sql
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)
from uuid_utils.compat import uuid7

from parley.chat.v1 import erasure_service_pb2 as pb
from parley.chat.v1 import erasure_service_pb2_grpc as pb_grpc
from services.chat.erasure.erasing import Erasing
from services.chat.erasure.servicer import ErasureServicer
from services.chat.erasure.store import PostgresErasures
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from services.kit.signals import Signals
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, channel_to

SERVICE = "parley.chat.v1.ErasureService"
Found = dict[str, int]

# Tables in which something of a user may stand, by the column that says whose it is.
TABLES: LiteralString = """
    SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id'
    WHERE c.relnamespace = current_schema()::regnamespace
      AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""

# How far something has come with all users, which says nothing of this one.
NOT_OF_USERS = {"event_consumers", "search_progress"}

# One row of everything. A table that is missing here fails the test that walks them.
FILL: tuple[LiteralString, ...] = (
    """INSERT INTO folders (user_id, id, display_name, create_time)
    VALUES (%(user)s, %(id)s, 'A folder', now())""",
    """INSERT INTO conversations (user_id, id, title, folder_id, create_time,
        update_time)
    VALUES (%(user)s, %(conversation)s, 'A title', %(id)s, now(), now())""",
    """INSERT INTO messages (user_id, conversation_id, id, role, text, state, model,
        seq, create_time, end_time)
    VALUES (%(user)s, %(conversation)s, %(id)s, 'user', 'secret', 'completed', '', 0,
        now(), now())""",
    """INSERT INTO requests (user_id, id, digest, create_time)
    VALUES (%(user)s, %(id)s, '', now())""",
    """INSERT INTO shares (user_id, id, conversation_id, title, token, signed_in_only,
        messages, truncated, create_time)
    VALUES (%(user)s, %(id)s, %(conversation)s, '', '', false, '[]', false, now())""",
    """INSERT INTO share_tokens (token_hash, user_id, share_id)
    VALUES (sha256(%(id)s::text::bytea), %(user)s, %(id)s)""",
    """INSERT INTO charges (user_id, id, conversation_id, model, input_tokens,
        output_tokens, cost_micros, estimated, create_time)
    VALUES (%(user)s, %(id)s, %(conversation)s, '', 1, 1, 1, false, now())""",
    """INSERT INTO usage_periods (user_id, period, start_date)
    VALUES (%(user)s, 'day', (now() AT TIME ZONE 'UTC')::date - 1),
        (%(user)s, 'day', (now() AT TIME ZONE 'UTC')::date),
        (%(user)s, 'month', date_trunc('month', now() AT TIME ZONE 'UTC')),
        (%(user)s, 'month',
            date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 day')
    ON CONFLICT DO NOTHING""",
    """INSERT INTO holds (user_id, id, model, input_tokens, reserved_tokens,
        reserved_micros, reserved_date, expire_time)
    VALUES (%(user)s, %(id)s, '', 1, 10, 20, (now() AT TIME ZONE 'UTC')::date,
        now() + interval '10 minutes')""",
    """INSERT INTO imports (user_id, id, size_bytes, create_time)
    VALUES (%(user)s, %(id)s, 1, now())""",
    """INSERT INTO import_chunks (user_id, import_id, start, data)
    VALUES (%(user)s, %(id)s, 0, 'secret')""",
    """INSERT INTO event_heads (user_id, seq, transaction)
    VALUES (%(user)s, 1, pg_current_xact_id())""",
    """INSERT INTO events (user_id, seq, id, kind, data, create_time, transaction)
    VALUES (%(user)s, 1, %(id)s, 'folder_changed', '{}', now(),
        pg_current_xact_id())""",
)


@dataclass(frozen=True)
class Erasable:
    """Erasure as one signed-in user reaches it, and the tables beneath."""

    user: UUID
    me: tuple[tuple[str, str], ...]
    channel: grpc.aio.Channel
    url: str
    signals: Signals

    async def sql(
        self, query: LiteralString | sql.Composed, **values: object
    ) -> list[tuple[object, ...]]:
        """Run a statement, and return what it found."""
        values = {"user": self.user, **values}
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall() if cursor.description else []

    async def fill(self) -> UUID:
        """Store one of everything; return the conversation."""
        conversation, id = uuid7(), uuid7()
        for statement in FILL:
            await self.sql(statement, conversation=conversation, id=id)
        return conversation

    async def erase(self, *, closing_account: bool = False) -> datetime:
        """Ask for everything to be erased."""
        stub: pb_grpc.ErasureServiceAsyncStub
        stub = pb_grpc.ErasureServiceStub(self.channel)
        request = pb.EraseUserDataRequest(
            name=f"users/{self.user}", closing_account=closing_account
        )
        answer = await stub.EraseUserData(request, metadata=self.me)
        return answer.deadline.ToDatetime(tzinfo=UTC)

    async def found(self) -> Found:
        """Count the user's rows in every table that has users."""
        tables = [str(table) for (table,) in await self.sql(TABLES)]
        # In one statement, so that they were all true at one moment.
        count = sql.SQL("(SELECT count(*) FROM {} WHERE user_id = %(user)s)")
        counts = [count.format(sql.Identifier(table)) for table in tables]
        (found,) = await self.sql(
            sql.SQL("SELECT {}").format(sql.SQL(", ").join(counts))
        )
        return dict(zip(tables, cast("tuple[int, ...]", found), strict=True))

    async def events(self) -> list[tuple[object, ...]]:
        """Return the numbers and kinds of the user's events."""
        query: LiteralString = """
            SELECT seq, kind FROM events WHERE user_id = %(user)s ORDER BY seq
        """
        return await self.sql(query)

    async def until_erased(self) -> Found:
        """Wait until nothing is left to erase; return what is left."""
        async for attempt in patiently():
            with attempt:
                found = await self.found()
                assert not found["erasures"]
        return found


def patiently() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type(AssertionError),
        stop=stop_after_delay(20),
        wait=wait_fixed(0.05),
        reraise=True,
    )


@pytest.fixture
async def me(
    chat_database: str, redis_url: str, identity: Identity
) -> AsyncIterator[Erasable]:
    """Somebody whose data can be erased."""
    user = uuid4()
    async with (
        Database.connect(chat_database) as database,
        Signals.connect(redis_url) as signals,
        Erasing.open(PostgresErasures(database), signals) as erasing,
        serving(
            partial(
                pb_grpc.add_ErasureServiceServicer_to_server, ErasureServicer(erasing)
            ),
            services=(SERVICE,),
            address=ANY_PORT,
            authenticate=bearer(identity.verifier()),
            drain_seconds=0,
        ) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
    ):
        me = bearing(identity.token(user))
        yield Erasable(user, me, channel, chat_database, signals)


@pytest.fixture
def other(me: Erasable, identity: Identity) -> Erasable:
    """Somebody else."""
    user = uuid4()
    return replace(me, user=user, me=bearing(identity.token(user)))


async def hold(me: Erasable, conversation: UUID, *, state: str = "generating") -> UUID:
    """Have a reply written that does not end by itself; return who holds it."""
    holder = uuid4()
    await me.sql(
        """INSERT INTO messages (user_id, conversation_id, id, role, text, state, model,
            seq, create_time, holder)
        VALUES (%(user)s, %(conversation)s, gen_random_uuid(), 'assistant', 'Once',
            %(state)s, '', 5, now(), %(holder)s)""",
        conversation=conversation,
        state=state,
        holder=holder if state == "generating" else None,
    )
    return holder
