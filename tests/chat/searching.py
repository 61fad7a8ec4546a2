"""A server of SearchService alone, over real tables, and what is said there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import grpc
import psycopg

from parley.chat.v1 import search_service_pb2 as pb
from parley.chat.v1 import search_service_pb2_grpc as pb_grpc
from services.chat.search.servicer import SearchServicer
from services.chat.search.store import PostgresIndex
from services.chat.usage.rates import RateLimiter
from services.kit.buckets import LocalBuckets, Size
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, channel_to

START = datetime(2026, 1, 1, tzinfo=UTC)

CONVERSATION = """
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
    VALUES (%s, %s, 'A title', now(), now())
"""
SAID = """
    INSERT INTO messages (
        user_id, conversation_id, id, role, text, state, model, seq, create_time,
        end_time
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, 0, %s, %s)
"""

UNLIMITED = RateLimiter("searches", LocalBuckets(Size(burst=0, per_minute=1)))


@dataclass
class Searching:
    """SearchService as one signed-in user reaches it, and a hand in the tables."""

    user: UUID
    identity: Identity
    database: psycopg.AsyncConnection
    channel: grpc.aio.Channel
    said: int = 0

    async def conversation(self) -> UUID:
        """Store a conversation."""
        id = uuid4()
        await self.database.execute(CONVERSATION, (self.user, id))
        return id

    async def say(
        self, text: str, to: UUID | None = None, *, model: str = "", state: str = ""
    ) -> str:
        """Store a message, a minute after the last; return its name."""
        conversation, id = to or await self.conversation(), uuid4()
        time = START + self.said * timedelta(minutes=1)
        self.said += 1
        role = "assistant" if model else "user"
        end = None if state == "generating" else time
        values = (role, text, state or "completed", model, time, end)
        await self.database.execute(SAID, (self.user, conversation, id, *values))
        return f"users/{self.user}/conversations/{conversation}/messages/{id}"

    async def search(self, query: str, **more: Any) -> pb.SearchMessagesResponse:
        """Search."""
        request = pb.SearchMessagesRequest(
            parent=f"users/{self.user}", query=query, **more
        )
        stub: pb_grpc.SearchServiceAsyncStub = pb_grpc.SearchServiceStub(self.channel)
        me = bearing(self.identity.token(self.user))
        return await stub.SearchMessages(request, metadata=me)

    async def found(self, query: str, **more: Any) -> list[str]:
        """Return the names of what a search finds."""
        return [hit.message for hit in (await self.search(query, **more)).hits]

    async def shown(self, query: str) -> str:
        """Return the snippet of the only hit, with the words in brackets."""
        (hit,) = (await self.search(query)).hits
        return "".join(
            f"[{part.text}]" if part.highlighted else part.text for part in hit.snippet
        )

    def somebody_else(self) -> "Searching":
        """Reach the same as another user."""
        return Searching(uuid4(), self.identity, self.database, self.channel)


@asynccontextmanager
async def searching(database_url: str, identity: Identity) -> AsyncIterator[Searching]:
    """Serve SearchService while the block runs."""
    async with (
        Database.connect(database_url) as database,
        serving(
            partial(
                pb_grpc.add_SearchServiceServicer_to_server,
                SearchServicer(PostgresIndex(database), UNLIMITED),
            ),
            services=("parley.chat.v1.SearchService",),
            address=ANY_PORT,
            authenticate=bearer(identity.verifier()),
            drain_seconds=0,
        ) as port,
        channel_to(f"127.0.0.1:{port}") as channel,
        await psycopg.AsyncConnection.connect(
            database_url, autocommit=True
        ) as connection,
    ):
        yield Searching(uuid4(), identity, connection, channel)
