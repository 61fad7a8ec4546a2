"""How long searches, and lists of conversations, take where there are many of them."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID

import grpc
import psycopg
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
from tests.bench.alone.figures import percentiles
from tests.bench.alone.search_data import (
    COMMON,
    RARE,
    Data,
    fill,
    vocabulary,
)
from tests.bench.results import Figure, percentile
from tests.bench.rounds import Tell
from tests.identity import Identity, bearing
from tests.postgres_server import postgres_server

PASSWORD = "bench"
SEARCH, LIST = 50.0, 20.0  # milliseconds
ANYONE = "an ordinary user"
HEAVY = "a user who says far more"
Call = Callable[[], Awaitable[int]]

UNLIMITED = RateLimiter("searches", LocalBuckets(Size(burst=0, per_minute=1)))


@contextmanager
def database() -> Iterator[str]:
    """Run a database of its own, and leave nothing of it."""
    with TemporaryDirectory(prefix="parley-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with cluster(folder) as url:
            yield url


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Run PostgreSQL with chat's tables; yield chat's URL."""
    with postgres_server(folder, PASSWORD) as sockets:
        prepare(postgres.url(sockets, postgres.ADMIN, PASSWORD, "postgres"))
        url = postgres.url(sockets, "chat", PASSWORD)
        migrate("chat", url)
        yield url


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


async def timed(call: Call, count: int) -> list[float]:
    """Return how many seconds the calls took."""
    took = []
    for _ in range(count):
        begin = perf_counter()
        await call()
        took.append(perf_counter() - begin)
    return took


async def search(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Fill a database, search in it and list, and leave nothing."""
    messages, users, count = (20_000, 200, 20) if quick else (1_000_000, 10_000, 200)
    data = Data.of(users=users, messages=messages)
    with database() as url:
        await asyncio.to_thread(fill, url, data, lambda of: tell(f"search: {of}"))
        async with calling(url) as (channel, identity):
            asking = Asking(channel, identity)
            found = await searched(asking, data, tell, count=count)
            for each in figures(found, data):
                yield each
            tell("search: lists")
            took = await timed(partial(asking.list, data.lister), count * 2)
    what = "the first page of 10,000 conversations"
    of = f"{count * 2} lists"
    for each in percentiles("search", what, took, (50, 95), of=of, goals=(None, LIST)):
        yield each


async def searched(
    asking: Asking, data: Data, tell: Tell, *, count: int
) -> Mapping[tuple[str, str], list[float]]:
    """Search in every way, for ordinary users and for one who says far more."""
    chance = random.Random(11)  # noqa: S311 - what to ask, not a secret
    found = {}

    def anyone() -> UUID:
        return data.user(chance.randrange(1, data.users))

    for who, user in ((ANYONE, anyone), (HEAVY, lambda: data.heavy)):
        for kind, query in queries(chance).items():
            tell(f"search: {kind}, {who}")
            searching = partial(asking.search_for, user, query)
            found[who, kind] = await timed(searching, count)
    return found


def figures(
    found: Mapping[tuple[str, str], list[float]], data: Data
) -> Iterator[Figure]:
    """Say how long searches took: all of a user's, and those of the slowest kind."""
    said = f"{data.messages:,} messages of {data.users:,} users"
    for who in (ANYONE, HEAVY):
        mine = {kind: took for (of, kind), took in found.items() if of == who}
        every = [each for took in mine.values() for each in took]
        slowest = max(mine, key=lambda kind: percentile(mine[kind], 95))
        yield from percentiles(
            "search",
            f"{who}, {len(mine)} kinds of query",
            every,
            (50, 95),
            of=f"{len(every):,} searches of {said}",
            goals=(None, SEARCH),
        )
        yield from percentiles(
            "search",
            f"{who}, the slowest kind: {slowest}",
            mine[slowest],
            (95,),
            of=f"{len(mine[slowest]):,} searches",
            goals=(SEARCH,),
        )
