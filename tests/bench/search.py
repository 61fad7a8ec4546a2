"""Measure searches, and lists of conversations, where there are many of them."""

import argparse
import asyncio
import random
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID

import grpc
import psycopg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from deploy.local import postgres
from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from parley.chat.v1 import search_service_pb2 as pb
from parley.chat.v1 import search_service_pb2_grpc as pb_grpc
from services.chat.conversations.model import Retention
from services.chat.conversations.servicer import ConversationServicer
from services.chat.conversations.store import PostgresConversations
from services.chat.search.servicer import SearchServicer
from services.chat.search.store import PostgresIndex
from services.chat.usage.rates import RateLimiter
from services.kit.buckets import LocalBuckets, Size
from services.kit.interceptors import bearer
from services.kit.migrate import migrate
from services.kit.postgres import Database
from services.kit.server import serving
from tests.bench.machine import busy
from tests.bench.search_data import COMMON, RARE, Data, fill, vocabulary
from tests.identity import Identity, bearing

PASSWORD = "bench"
Call = Callable[[], Awaitable[int]]

UNLIMITED = RateLimiter("searches", LocalBuckets(Size(burst=0, per_minute=1)))


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Run PostgreSQL as `make up` does, with chat's tables; yield chat's URL.

    What is filled in is not forced to disk: nothing of it is kept.
    """
    data, sockets = folder / "data", folder / "sockets"
    postgres.initialise(data, sockets, PASSWORD)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*postgres.command(data, sockets), "--fsync=off"],
            user=postgres.user(),
            stderr=log,
            cwd="/",
        )
    try:
        prepare(postgres.url(sockets, postgres.ADMIN, PASSWORD, "postgres"))
        url = postgres.url(sockets, "chat", PASSWORD)
        migrate("chat", url)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


@retry(
    retry=retry_if_exception_type(psycopg.OperationalError),
    stop=stop_after_delay(20),
    wait=wait_fixed(0.1),
)
def prepare(admin: str) -> None:
    """Make the roles, once the server is up."""
    postgres.prepare(admin, dict.fromkeys(postgres.SERVICES, PASSWORD))


@asynccontextmanager
async def calling(url: str) -> AsyncIterator[tuple[grpc.aio.Channel, Identity]]:
    """Serve what is measured; yield a way to it and who signs for its users."""
    identity = Identity()
    async with (
        Database.connect(url) as database,
        serving(
            partial(
                pb_grpc.add_SearchServiceServicer_to_server,
                SearchServicer(PostgresIndex(database), UNLIMITED),
            ),
            partial(
                conversations_grpc.add_ConversationServiceServicer_to_server,
                ConversationServicer(PostgresConversations(database), Retention(0)),
            ),
            services=(),
            address="127.0.0.1:0",
            authenticate=bearer(identity.verifier()),
            drain_seconds=0,
        ) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield channel, identity


class Asking:
    """Users who ask, one after the other."""

    def __init__(self, channel: grpc.aio.Channel, identity: Identity) -> None:
        self._searches: pb_grpc.SearchServiceAsyncStub = pb_grpc.SearchServiceStub(
            channel
        )
        self._lists: conversations_grpc.ConversationServiceAsyncStub = (
            conversations_grpc.ConversationServiceStub(channel)
        )
        self._identity = identity

    async def search_for(
        self, choose: Callable[[], UUID], query: Callable[[], str]
    ) -> int:
        """Have somebody search for something; return how many were found."""
        user = choose()
        request = pb.SearchMessagesRequest(parent=f"users/{user}", query=query())
        me = bearing(self._identity.token(user))
        return len((await self._searches.SearchMessages(request, metadata=me)).hits)

    async def list(self, user: UUID) -> int:
        """List the conversations; return how many are on the first page."""
        request = conversations_pb.ListConversationsRequest(parent=f"users/{user}")
        me = bearing(self._identity.token(user))
        listed = await self._lists.ListConversations(request, metadata=me)
        return len(listed.conversations)


def queries(chance: random.Random) -> dict[str, Callable[[], str]]:
    """Say what is looked for, by kind."""
    words = vocabulary()
    top, middling = words[:30], words[200:2000]
    return {
        "a word in every second message": lambda: COMMON,
        "a word in one of a thousand": lambda: RARE,
        "any word": lambda: chance.choice(middling),
        "one letter": lambda: chance.choice("bcdfg"),
        "two common words": lambda: " ".join(chance.choices(top, k=2)),
        "a common word without another": lambda: f"{COMMON} -{chance.choice(top)}",
        "a phrase of common words": lambda: f'"{" ".join(chance.choices(top, k=2))}"',
        "a phrase that is rare": lambda: f'"{" ".join(chance.choices(middling, k=2))}"',
    }


async def timed(call: Call, count: int) -> tuple[list[float], float]:
    """Return how long the calls took, in ms in order of length, and the mean answer."""
    took, answers = [], 0
    for _ in range(count):
        begin = perf_counter()
        answers += await call()
        took.append((perf_counter() - begin) * 1000)
    return sorted(took), answers / count


async def measure(url: str, data: Data, console: Console, *, count: int) -> None:
    """Ask in every way, and show how long it took."""
    chance = random.Random(11)  # noqa: S311 - what to ask, not a secret
    table = Table("who", "what", "p50 ms", "p95 ms", "p99 ms", "found")
    table.title = f"{data.messages:,} messages of {data.users:,} users"
    async with calling(url) as (channel, identity):
        asking = Asking(channel, identity)

        def anyone() -> UUID:
            return data.user(chance.randrange(1, data.users))

        for who, user in (("anyone", anyone), ("heavy", lambda: data.heavy)):
            for kind, query in queries(chance).items():
                search = partial(asking.search_for, user, query)
                add(table, who, kind, *await timed(search, count))
        listed = await timed(partial(asking.list, data.lister), count)
        add(table, "lister", "the first of 10,000 conversations", *listed)
    console.print(table)


def add(table: Table, who: str, kind: str, took: Sequence[float], found: float) -> None:
    """Add a line."""
    last = len(took) - 1
    at = [took[min(last, round(len(took) * part))] for part in (0.5, 0.95, 0.99)]
    table.add_row(who, kind, *(f"{each:.1f}" for each in at), f"{found:.1f}")


def main() -> None:
    """Fill a database, measure, and leave nothing."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.search", description=__doc__
    )
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--searches", type=int, default=200, help="of each kind")
    given = parser.parse_args()
    console = Console()
    data = Data.of(users=given.users, messages=given.messages)
    with TemporaryDirectory(prefix="parley-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with cluster(folder) as url:
            begin = perf_counter()
            with Progress(console=console) as progress:
                fill(url, data, progress)
            took = perf_counter() - begin
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
                sizes = connection.execute(SIZES).fetchall()
            console.print(f"Stored in {took:.0f} s, {data.messages / took:.0f}/s.")
            for table, size in sizes:
                console.print(f"{table}: {size}")
            console.print(f"The machine is {busy():.0%} busy.")
            asyncio.run(measure(url, data, console, count=given.searches))


SIZES = """
    SELECT regexp_replace(relname, '_[0-9]+(_|$)', '\\1'),
        pg_size_pretty(sum(pg_table_size(oid)))
    FROM pg_class
    WHERE relkind IN ('r', 'i') AND relispartition
      AND relname ~ '^(messages|search_entries)'
    GROUP BY 1 ORDER BY 1
"""


if __name__ == "__main__":
    main()
