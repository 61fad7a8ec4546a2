"""Conversations as they may stand in the tables, and links to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import LiteralString
from uuid import UUID, uuid4

import grpc
import psycopg
from uuid_utils.compat import uuid7

from parley.chat.v1 import share_service_pb2 as pb
from parley.chat.v1 import share_service_pb2_grpc as pb_grpc
from services.chat.shares.links import LOOKUPS, Links
from services.chat.shares.servicer import ShareServicer
from services.chat.shares.store import PostgresShares
from services.kit.buckets import LocalBuckets, Size
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, channel_to

SERVICE = "parley.chat.v1.ShareService"

ADD_CONVERSATION: LiteralString = """
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
    VALUES (%s, %s, %s, now(), now())
"""
ADD_MESSAGE: LiteralString = """
    INSERT INTO messages (user_id, conversation_id, id, parent_id, role, text, state,
        model, seq, create_time, end_time)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 1, now(),
        CASE WHEN %s THEN now() END)
"""


@dataclass(frozen=True)
class Sharing:
    """Links as one signed-in user reaches them, and the tables beneath."""

    user: UUID
    me: tuple[tuple[str, str], ...]
    channel: grpc.aio.Channel
    url: str

    @property
    def parent(self) -> str:
        """The user's name."""
        return f"users/{self.user}"

    @property
    def stub(self) -> pb_grpc.ShareServiceAsyncStub:
        """The stub of ShareService."""
        return pb_grpc.ShareServiceStub(self.channel)

    async def sql(
        self, query: LiteralString, *values: object
    ) -> list[tuple[object, ...]]:
        """Run a statement, and return what it found."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall() if cursor.description else []

    async def conversation(self, *texts: str, title: str = "A title") -> UUID:
        """Store a conversation of alternating turns."""
        id, parent = uuid7(), None
        await self.sql(ADD_CONVERSATION, self.user, id, title)
        for number, text in enumerate(texts):
            role = "assistant" if number % 2 else "user"
            parent = await self.message(id, parent, text, role=role)
        return id

    async def message(
        self,
        conversation: UUID,
        parent: UUID | None,
        text: str,
        *,
        role: str = "user",
        state: str = "completed",
    ) -> UUID:
        """Store a message."""
        id, ended = uuid7(), state not in ("generating", "queued")
        model = "a-model" if role == "assistant" else ""
        await self.sql(
            *(ADD_MESSAGE, self.user, conversation, id, parent),
            *(role, text, state, model, ended),
        )
        return id

    def share(
        self, conversation: UUID, *, request_id: str = "", **fields: object
    ) -> grpc.aio.UnaryUnaryCall[pb.CreateShareRequest, pb.CreateShareResponse]:
        """Make a link."""
        name = f"{self.parent}/conversations/{conversation}"
        share = pb.Share(conversation=name, **fields)  # type: ignore[arg-type]  # any of them
        request = pb.CreateShareRequest(
            parent=self.parent, share=share, request_id=request_id
        )
        return self.stub.CreateShare(request, metadata=self.me)

    async def shared(
        self, conversation: UUID, *, request_id: str = "", **fields: object
    ) -> pb.Share:
        """Make a link; return it."""
        call = self.share(conversation, request_id=request_id, **fields)
        return (await call).share

    def look(
        self, token: str, *metadata: tuple[str, str]
    ) -> grpc.aio.UnaryUnaryCall[
        pb.GetSharedConversationRequest, pb.GetSharedConversationResponse
    ]:
        """Follow a link, as a stranger if no metadata says otherwise."""
        request = pb.GetSharedConversationRequest(token=token)
        return self.stub.GetSharedConversation(request, metadata=metadata)

    async def texts(self, token: str) -> list[str]:
        """Return what a link shows."""
        return [message.text for message in (await self.look(token)).messages]

    def delete(
        self, name: str, **fields: object
    ) -> grpc.aio.UnaryUnaryCall[pb.DeleteShareRequest, pb.DeleteShareResponse]:
        """Revoke a link."""
        request = pb.DeleteShareRequest(name=name, **fields)  # type: ignore[arg-type]  # any of them
        return self.stub.DeleteShare(request, metadata=self.me)

    async def listed(self) -> list[pb.Share]:
        """Return the user's links."""
        request = pb.ListSharesRequest(parent=self.parent)
        return list((await self.stub.ListShares(request, metadata=self.me)).shares)

    async def events(self) -> list[object]:
        """Return the kinds of the user's events."""
        query: LiteralString = "SELECT kind FROM events WHERE user_id = %s ORDER BY seq"
        return [row[0] for row in await self.sql(query, self.user)]


@asynccontextmanager
async def sharing(
    url: str,
    identity: Identity,
    *,
    size: Size = LOOKUPS,
    clock: Callable[[], float] = monotonic,
) -> AsyncIterator[Sharing]:
    """Serve links alone over a database."""
    user = uuid4()
    async with Database.connect(url) as database:
        shares = PostgresShares(database)
        servicer = ShareServicer(shares, Links(shares, LocalBuckets(size, clock=clock)))
        async with (
            serving(
                partial(pb_grpc.add_ShareServiceServicer_to_server, servicer),
                services=(SERVICE,),
                address=ANY_PORT,
                authenticate=bearer(identity.verifier()),
                drain_seconds=0,
            ) as port,
            channel_to(f"127.0.0.1:{port}") as channel,
        ):
            yield Sharing(user, bearing(identity.token(user)), channel, url)
