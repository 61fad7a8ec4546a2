"""Milvus: one connection that gives up soon, and is made anew when it has failed."""

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from services.kit.errors import Unavailable
from services.llm.documents.index.places import found_by_words
from services.llm.documents.index.schemas import WORDS, Schema, create

if TYPE_CHECKING:
    from pymilvus import AsyncMilvusClient

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
AGAIN_SECONDS = 0.5  # after a failure, callers are refused at once for so long
PREPARE_SECONDS = 30.0
# Milvus' own codes, and one of its client's.
NOT_FOUND, NOT_LOADED = 100, 101
CONNECT_FAILED = 2

# Its own are pings every 10 seconds, which Milvus Lite takes as abuse, and hangs up.
OPTIONS = {
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_permit_without_calls": 0,
}

Call = Callable[["AsyncMilvusClient"], Awaitable[Any]]


class Missing(Exception):
    """There is no such collection in Milvus, or it is not in its memory."""


class Broken(Exception):
    """The connection to Milvus broke."""


class Milvus:
    """
    Reaches a Milvus, or a Milvus Lite that serves.

    Nothing is asked before the first call, so Milvus need not be up. Raises
    `Unavailable` when it is away, when it refuses, and when time runs out.
    """

    def __init__(self, uri: str, token: str = "") -> None:
        self._uri = uri
        self._token = token
        self._client: AsyncMilvusClient | None = None
        self._connecting: asyncio.Task[AsyncMilvusClient] | None = None
        self._failed = -AGAIN_SECONDS
        self._loaded: dict[str, asyncio.Task[None]] = {}

    async def call(self, call: Call, *, seconds: float) -> Any:
        """Call Milvus; raises `Missing` for a collection that is not there."""
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._called(call)
                except Broken:
                    # Once more: it may have broken while it was idle.
                    return await self._called(call)
        except (TimeoutError, Broken) as error:
            raise away() from error

    async def _called(self, call: Call) -> Any:
        client = await self._connected()
        try:
            return await call(client)
        except Exception as error:
            code = getattr(error, "code", None)
            if code in (NOT_FOUND, NOT_LOADED):
                raise Missing from error
            if isinstance(code, int) and code != CONNECT_FAILED:
                # Its message may hold what somebody wrote.
                log.warning("Milvus refused", extra={"milvus_code": code})
                raise away() from error
            if self._client is client:
                await self._drop()
            raise Broken from error

    async def ask(self, place: str, call: Call, *, seconds: float) -> Any:
        """Call about a collection in memory; raises `Missing` if there is none."""
        await self.load(place, seconds=seconds)
        try:
            return await self.call(call, seconds=seconds)
        except Missing:
            # A Milvus that was restarted has it, but not in its memory.
            self.forget(place)
        await self.load(place, seconds=seconds)
        try:
            return await self.call(call, seconds=seconds)
        except Missing as error:
            raise away() from error

    async def load(self, place: str, *, seconds: float) -> None:
        """Have a collection in Milvus' memory, once; raises `Missing`."""
        await self._once(place, lambda: self._load(place), seconds)

    async def make(self, place: str, schema: Schema, *, seconds: float) -> None:
        """Have a collection, and have it in memory."""
        try:
            await self.load(place, seconds=seconds)
        except Missing:
            await self._once(place, lambda: self._make(place, schema), seconds)

    def forget(self, place: str) -> None:
        """Look again, at the next use, whether a collection is there."""
        self._loaded.pop(place, None)

    async def places(self, *, seconds: float) -> Sequence[str]:
        """Name all collections."""
        found = await self.call(
            lambda client: client.list_collections(), seconds=seconds
        )
        return list(found)

    async def close(self) -> None:
        """Close the connection."""
        if self._connecting:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._connecting
        await self._drop()

    async def _once(
        self, place: str, prepare: Callable[[], Awaitable[None]], seconds: float
    ) -> None:
        """Prepare a collection in a task of its own: who waits for it may give up."""
        task = self._loaded.get(place)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.ensure_future(prepare())
            task.add_done_callback(heard)
            self._loaded[place] = task
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(task)
        except TimeoutError as error:
            raise away() from error

    async def _load(self, place: str) -> None:
        await self.call(
            lambda client: client.load_collection(place, retry_times=0),
            seconds=PREPARE_SECONDS,
        )
        # If that is lost again by now, whoever asks finds out.
        with suppress(Missing):
            await self.call(lambda client: warm(client, place), seconds=PREPARE_SECONDS)

    async def _make(self, place: str, schema: Schema) -> None:
        """Make it. Another replica may be doing the same."""
        try:
            async with asyncio.timeout(PREPARE_SECONDS):
                await asyncio.to_thread(create, self._uri, self._token, place, schema)
        except Exception as error:
            log.warning("Milvus made no collection", extra={"place": place})
            raise away() from error
        await self._load(place)

    async def _connected(self) -> "AsyncMilvusClient":
        if self._client:
            return self._client
        if not self._connecting:
            if monotonic() - self._failed < AGAIN_SECONDS:
                raise away()
            self._connecting = asyncio.ensure_future(self._connect())
            self._connecting.add_done_callback(self._tried)
        try:
            return await asyncio.shield(self._connecting)
        except Exception as error:
            raise away() from error

    async def _connect(self) -> "AsyncMilvusClient":
        # Costs more than a second and 100 MB, which a llm without documents saves.
        pymilvus = await asyncio.to_thread(importlib.import_module, "pymilvus")
        # It writes whole answers and filters into the log.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)
        client: AsyncMilvusClient = pymilvus.AsyncMilvusClient(
            self._uri,
            token=self._token,
            dedicated=True,
            timeout=CONNECT_SECONDS,
            grpc_options=OPTIONS,
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client._connect()  # it has no public way to do so
        except BaseException:
            await closed(client)
            raise
        self._client = client
        return client

    def _tried(self, task: "asyncio.Task[AsyncMilvusClient]") -> None:
        self._connecting = None
        if not task.cancelled() and task.exception():
            self._failed = monotonic()

    async def _drop(self) -> None:
        """Drop the connection: what it learned may not hold for the next one."""
        client, self._client = self._client, None
        self._loaded = {}
        if client:
            await closed(client)


async def warm(client: "AsyncMilvusClient", place: str) -> None:
    """
    Search for nothing in particular.

    Milvus Lite sorts the words of new rows when somebody searches for the first time
    after that, which takes a second for some thousand chunks.
    """
    if found_by_words(place):
        await client.search(
            place, data=["a"], anns_field=WORDS.field, limit=1, retry_times=0
        )


def heard(task: "asyncio.Task[Any]") -> None:
    """Take notice of an error that nobody waited for."""
    if not task.cancelled():
        task.exception()


async def closed(client: "AsyncMilvusClient") -> None:
    """Close a connection that may be broken."""
    with suppress(Exception):
        async with asyncio.timeout(1):
            await client.close()


def away() -> Unavailable:
    """Say that Milvus is away."""
    return Unavailable(part="milvus", retry_seconds=1)


@asynccontextmanager
async def connect(uri: str, token: str = "") -> AsyncIterator[Milvus]:
    """Reach Milvus for as long as the block runs."""
    milvus = Milvus(uri, token)
    try:
        yield milvus
    finally:
        await milvus.close()
